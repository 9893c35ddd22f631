import type { DeployedApp } from './compose.rules.ts';
import { environmentProblems, type Secrets } from './manifests.environment.ts';
import { podProblems } from './manifests.pods.ts';
import type { Manifest, Overlay } from './manifests.ts';
import { trafficProblems, type Arrows } from './manifests.traffic.ts';
import { wiringProblems } from './manifests.wiring.ts';

/** What the rules hold the manifests against. */
export interface Platform {
  apps: readonly DeployedApp[];
  secrets: Secrets;
  /** The paths of the operations port. */
  served: readonly string[];
  arrows: readonly Arrows[];
}

/** Everything in which an overlay is not what the platform needs, as sentences. */
export function manifestProblems(
  manifests: readonly Manifest[],
  overlay: Overlay,
  { apps, secrets, served, arrows }: Platform,
): string[] {
  return [
    ...environmentProblems(manifests, apps, secrets),
    ...podProblems(manifests, apps, served),
    ...wiringProblems(manifests, apps, overlay),
    // For trying out there need be no network plugin that enforces policies.
    ...(overlay === 'production' ? trafficProblems(manifests, apps, arrows) : []),
  ];
}
