import type { Rule } from 'eslint'

/**
 * Makes a rule that forbids names wherever they are used: as a variable, behind a dot, as a key of a destructuring, in
 * quotes behind a bracket, or in an import that renames them. So an alias does not hide them.
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
