import { Component, type ReactNode } from 'react';
import { Problem } from '../kit/problem.tsx';

/** A defect of one page leaves navigation and the other pages usable. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error?: unknown }> {
  override state: { error?: unknown } = {};

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === undefined) return this.props.children;
    return <Problem error={this.state.error} retry={() => this.setState({ error: undefined })} />;
  }
}
