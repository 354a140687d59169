import type { FactValue, Facts } from '../../core/index.ts';
import { type Condition, type FactReference, isFactReference, type Leaf } from './condition.ts';
import { type Comparison, FALSE, OPERATORS, TRUE, type Truth, UNDECIDED } from './operators.ts';
import { followPath, parsePath } from './path.ts';

export type Test = (facts: Facts) => Truth;

const UNKNOWN_YET = 3;

interface InternedNode {
  readonly id: number;
  readonly condition: Condition;
  readonly children: readonly InternedNode[];
  users: number;
}

/**
 * Compiles resolved conditions to closures; no code is generated. A sub-condition that occurs more than once, in one rule or in
 * several, is one node and is evaluated once an event: call `begin()` before each event, then the tests with that event's facts.
 */
export interface Compiler {
  add(condition: Condition): () => Test;
  begin(): void;
}

export function createCompiler(): Compiler {
  const nodes = new Map<string, InternedNode>();
  const built = new Map<InternedNode, Test>();
  let memo = new Uint8Array(0);
  let shared = 0;

  function intern(condition: Condition): InternedNode {
    const children = childrenOf(condition).map(intern);
    const key =
      children.length === 0
        ? JSON.stringify(condition)
        : `${kindOf(condition)}:${children
            .map((child) => child.id)
            .toSorted((a, b) => a - b)
            .join(',')}`;
    const known = nodes.get(key);
    if (known !== undefined) {
      known.users += 1;
      // A shared parent answers for its children: only uses from elsewhere make a child worth a memo.
      for (const child of children) child.users -= 1;
      return known;
    }
    const node: InternedNode = { id: nodes.size, condition, children, users: 1 };
    nodes.set(key, node);
    return node;
  }

  function build(node: InternedNode): Test {
    const known = built.get(node);
    if (known !== undefined) return known;
    const plain =
      node.children.length === 0 ? leafTest(node.condition as Leaf) : groupTest(node.condition, node.children.map(build));
    const test = node.users > 1 ? remember(plain) : plain;
    built.set(node, test);
    return test;
  }

  function remember(test: Test): Test {
    const slot = shared;
    shared += 1;
    if (memo.length < shared) memo = new Uint8Array(Math.max(16, shared * 2)).fill(UNKNOWN_YET);
    return (facts) => {
      const before = memo[slot] ?? UNKNOWN_YET;
      if (before !== UNKNOWN_YET) return before as Truth;
      const now = test(facts);
      memo[slot] = now;
      return now;
    };
  }

  return {
    add(condition) {
      const node = intern(condition);
      return () => build(node);
    },
    begin() {
      if (shared > 0) memo.fill(UNKNOWN_YET);
    },
  };
}

/** One condition on its own: for filters of features and for tests. */
export function compileCondition(condition: Condition): Test {
  const compiler = createCompiler();
  const test = compiler.add(condition)();
  return (facts) => {
    compiler.begin();
    return test(facts);
  };
}

function kindOf(condition: Condition): 'all' | 'any' | 'not' {
  if ('all' in condition) return 'all';
  return 'any' in condition ? 'any' : 'not';
}

function childrenOf(condition: Condition): readonly Condition[] {
  if ('all' in condition) return condition.all;
  if ('any' in condition) return condition.any;
  if ('not' in condition) return [condition.not];
  if ('condition' in condition) throw new TypeError('names are resolved before compiling');
  return [];
}

function groupTest(condition: Condition, children: readonly Test[]): Test {
  if ('not' in condition) {
    const [child] = children;
    if (child === undefined) throw new TypeError('not has one child');
    return (facts) => {
      const result = child(facts);
      return result === UNDECIDED ? UNDECIDED : result === TRUE ? FALSE : TRUE;
    };
  }
  const decisive: Truth = 'all' in condition ? FALSE : TRUE;
  const otherwise: Truth = decisive === FALSE ? TRUE : FALSE;
  return (facts) => {
    let result: Truth = otherwise;
    for (const child of children) {
      const each = child(facts);
      if (each === decisive) return decisive;
      if (each === UNDECIDED) result = UNDECIDED;
    }
    return result;
  };
}

/** Reads a fact, or a place inside it; undefined where it is missing. */
export function readerOf(reference: FactReference): (facts: Facts) => FactValue | undefined {
  const name = reference.fact;
  if (reference.path === undefined) return (facts) => facts[name];
  const steps = parsePath(reference.path);
  if (steps === null) throw new TypeError(`path ${reference.path} was not checked`);
  return (facts) => followPath(facts[name], steps);
}

function leafTest(leaf: Leaf): Test {
  const compare: Comparison = OPERATORS[leaf.operator].compare;
  const value = leaf.value;
  const left = readerOf(leaf);
  if (isFactReference(value)) {
    const right = readerOf(value);
    return (facts) => compare(left(facts), right(facts));
  }
  return (facts) => compare(left(facts), value);
}
