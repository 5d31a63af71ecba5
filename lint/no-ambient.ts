import type { Rule, Scope } from 'eslint'

/** The globals that make a function impure, each with a test for its pure uses. */
const AMBIENT: Record<string, (use: Use) => boolean> = {
  Date: isPureDate,
  Math: ({ parent }) => memberOf(parent) !== undefined && memberOf(parent) !== 'random',
  fetch: () => false,
  process: () => false,
  globalThis: () => false,
  global: () => false,
  window: () => false,
  self: () => false,
  performance: () => false,
  crypto: () => false,
  setTimeout: () => false,
  setInterval: () => false,
  setImmediate: () => false,
}

interface Use {
  node: Rule.Node
  parent: Rule.Node
}

/** A reference and its parent node. Only the program itself has no parent. */
function useOf({ identifier }: Scope.Reference): Use & { name: string } {
  const node = identifier as unknown as Rule.Node & { parent: Rule.Node }
  return { node, parent: node.parent, name: identifier.name }
}

/** `new Date(value)`, `Date.parse(text)`, `Date.UTC(…)` and `instanceof Date` do not read the clock. */
function isPureDate({ node, parent }: Use): boolean {
  if (parent.type === 'NewExpression' && parent.callee === node) return parent.arguments.length > 0
  if (parent.type === 'BinaryExpression') return parent.operator === 'instanceof'
  return ['parse', 'UTC'].includes(memberOf(parent) ?? '')
}

/** Returns the name after the dot, or in quotes inside the brackets. */
function memberOf(node: Rule.Node): string | undefined {
  if (node.type !== 'MemberExpression') return undefined
  if (!node.computed) return node.property.type === 'Identifier' ? node.property.name : undefined
  return node.property.type === 'Literal' ? String(node.property.value) : undefined
}

/** Returns the uses of names that neither the file nor a parameter declares. */
function globalReferences({ globalScope }: { globalScope: Scope.Scope | null }): Scope.Reference[] {
  const declared = globalScope?.variables.filter(({ defs }) => defs.length === 0) ?? []
  return [...(globalScope?.through ?? []), ...declared.flatMap(({ references }) => references)]
}

/**
 * Forbids the clock, randomness, the environment and the network: a function that needs one of these gets it handed in.
 * The rule looks at what a name refers to, so a parameter that is called `fetch` is allowed, and `const D = Date` is
 * not.
 */
export const noAmbient: Rule.RuleModule = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { ambient: '{{ name }} must be handed in here, so that tests decide about time, chance and the world.' },
  },
  create(context) {
    return {
      'Program:exit'() {
        for (const reference of globalReferences(context.sourceCode.scopeManager)) {
          const { name, ...use } = useOf(reference)
          const isType = (reference as { isTypeReference?: boolean }).isTypeReference
          const isPure = Object.hasOwn(AMBIENT, name) ? AMBIENT[name] : undefined
          if (isPure && !isType && !isPure(use)) {
            context.report({ node: use.node, messageId: 'ambient', data: { name } })
          }
        }
      },
    }
  },
}

/**
 * Only the start of the process reads the environment. The rule refuses every use of `process` except a member other
 * than `env`, the detour through `globalThis`, and an import of `node:process`.
 */
export const noEnvironment: Rule.RuleModule = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      environment: 'Only server/start/once.ts reads the environment. Take the setting from the configuration.',
    },
  },
  create(context) {
    const report = (node: Rule.Node) => context.report({ node, messageId: 'environment' })
    return {
      'Program:exit'() {
        for (const { name, node, parent } of globalReferences(context.sourceCode.scopeManager).map(useOf)) {
          const member = memberOf(parent)
          const dangerous = {
            process: 'env',
            globalThis: 'process',
            global: 'process',
            self: 'process',
          }[name]
          if (dangerous && (member === undefined || member === dangerous)) report(node)
        }
      },
      'ImportDeclaration[source.value=/^(node:)?process$/]': report,
      'MetaProperty[property.name="meta"]': (node: Rule.Node) => {
        if (node.parent && memberOf(node.parent) === 'env') report(node)
      },
    }
  },
}
