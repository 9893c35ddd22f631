import { parser } from '@prometheus-io/lezer-promql';

/** A label matcher of a selector: `status=~"5.."`. */
export interface Matcher {
  label: string;
  operator: '=' | '!=' | '=~' | '!~';
  value: string;
}

export interface Selector {
  metric: string;
  matchers: Matcher[];
}

export interface Query {
  selectors: Selector[];
  /** The labels of its result; undefined for a number. */
  labels: ReadonlySet<string> | undefined;
  problems: string[];
}

type Node = ReturnType<typeof parser.parse>['topNode'];
type Labels = ReadonlySet<string> | undefined;

/** Aggregations that leave the labels of what they choose. */
const choosing = new Set(['topk', 'bottomk', 'limitk', 'limit_ratio']);

/**
 * Reads a query: what it selects, which labels its result has, and what is wrong with it.
 *
 * @param labelsOf the labels of a metric's series; undefined for an unknown one
 */
export function readQuery(
  expression: string,
  labelsOf: (metric: string) => readonly string[] | undefined,
): Query {
  const problems: string[] = [];
  const selectors: Selector[] = [];
  const textOf = (node: Node) => expression.slice(node.from, node.to);
  const tree = parser.parse(expression);
  tree.iterate({
    enter(node) {
      if (node.type.isError)
        problems.push(`not PromQL at “${expression.slice(node.from, node.from + 20).trim() || 'the end'}”`);
    },
  });
  if (problems.length > 0) return { selectors, labels: undefined, problems: [...new Set(problems)] };

  const selectorOf = (node: Node): Labels => {
    const name = node.getChild('Identifier');
    const metric = name ? textOf(name) : '';
    const matchers = (node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []).map(
      (matcher) => {
        const [label, operator, value] = ['LabelName', 'MatchOp', 'StringLiteral'].map((kind) => {
          const part = matcher.getChild(kind);
          return part ? textOf(part) : '';
        });
        return { label, operator, value: value?.slice(1, -1).replaceAll('\\\\', '\\') } as Matcher;
      },
    );
    selectors.push({ metric, matchers });
    const known = labelsOf(metric);
    if (!known) {
      problems.push(`no such metric: ${metric || textOf(node)}`);
      return new Set();
    }
    for (const { label } of matchers)
      if (!known.includes(label)) problems.push(`${metric} has no label ${label}`);
    return new Set(known);
  };

  const aggregationOf = (node: Node): Labels => {
    const operation = node.getChild('AggregateOp');
    const inner = argumentsOf(node).find((labels) => labels !== undefined) ?? new Set<string>();
    const modifier = node.getChild('AggregateModifier');
    const named = (modifier?.getChild('GroupingLabels')?.getChildren('LabelName') ?? []).map(textOf);
    for (const label of named)
      if (!inner.has(label)) problems.push(`${textOf(node).split('(', 1)[0]?.trim()} has no label ${label}`);
    if (operation && choosing.has(textOf(operation))) return inner;
    if (modifier?.getChild('Without')) return new Set([...inner].filter((label) => !named.includes(label)));
    return new Set(named);
  };

  const functionOf = (node: Node): Labels => {
    const identifier = node.getChild('FunctionIdentifier');
    const name = identifier ? textOf(identifier) : '';
    const inner = argumentsOf(node).find((labels) => labels !== undefined);
    if (name === 'absent' || name === 'absent_over_time') return new Set();
    if (name === 'label_replace') {
      const made = node.getChild('FunctionCallBody')?.getChild('StringLiteral');
      return new Set([...(inner ?? []), made ? textOf(made).slice(1, -1) : '']);
    }
    if (name === 'histogram_quantile') {
      if (!inner?.has('le')) problems.push('histogram_quantile needs the label le');
      return new Set([...(inner ?? [])].filter((label) => label !== 'le'));
    }
    return inner;
  };

  const binaryOf = (node: Node): Labels => {
    const [left, right] = operandsOf(node).map(labelsIn);
    if (!left || !right) return left ?? right;
    const isUnion = node.getChild('Or') !== null;
    const isMatched = node.getChild('MatchingModifierClause') !== null;
    const differ = left.symmetricDifference(right);
    if (!isUnion && !isMatched && differ.size > 0)
      problems.push(`its two sides never meet: ${[...differ].join(', ')} is on one of them only`);
    return left;
  };

  const operandsOf = (node: Node): Node[] => {
    const operands: Node[] = [];
    for (let child = node.firstChild; child; child = child.nextSibling)
      if (expressions.has(child.name)) operands.push(child);
    return operands;
  };
  const argumentsOf = (node: Node): Labels[] => {
    const body = node.getChild('FunctionCallBody');
    return body ? operandsOf(body).map(labelsIn) : [];
  };

  function labelsIn(node: Node): Labels {
    if (node.name === 'VectorSelector') return selectorOf(node);
    if (node.name === 'AggregateExpr') return aggregationOf(node);
    if (node.name === 'FunctionCall') return functionOf(node);
    if (node.name === 'BinaryExpr') return binaryOf(node);
    return operandsOf(node)
      .map(labelsIn)
      .find((labels) => labels !== undefined);
  }

  const labels = labelsIn(tree.topNode);
  return { selectors, labels, problems: [...new Set(problems)] };
}

/** The nodes that have a value. */
const expressions = new Set([
  'AggregateExpr',
  'BinaryExpr',
  'FunctionCall',
  'MatrixSelector',
  'NumberDurationLiteral',
  'OffsetExpr',
  'ParenExpr',
  'StepInvariantExpr',
  'StringLiteral',
  'SubqueryExpr',
  'UnaryExpr',
  'VectorSelector',
]);
