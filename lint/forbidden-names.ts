import type { Rule } from 'eslint'

/**
 * Makes a rule against names, wherever they stand: as a variable, behind a dot, as a key of a destructuring, in
 * quotes behind a bracket, or as the name that an import gives another one. An alias therefore does not hide them.
 */
export function forbidNames(names: readonly string[], message: string): Rule.RuleModule {
  const forbidden = new Set(names)
  return {
    meta: { type: 'problem', schema: [], messages: { forbidden: `{{ name }}: ${message}` } },
    create(context) {
      const report = (node: Rule.Node, name: string) => {
        if (forbidden.has(name)) context.report({ node, messageId: 'forbidden', data: { name } })
      }
      return {
        Identifier: node => report(node, node.name),
        Literal(node) {
          const { parent } = node
          const isName = parent.type === 'MemberExpression' || parent.type === 'Property'
            || parent.type === 'ImportSpecifier'
          if (isName && typeof node.value === 'string') report(node, node.value)
        },
        TemplateElement: node => report(node, node.value.cooked ?? ''),
      }
    },
  }
}
