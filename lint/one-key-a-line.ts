import type { Rule } from 'eslint'

/**
 * An object literal of more than three keys has one key per line, so that a diff shows which key changed. It can fix
 * the lines that it reports.
 */
export const oneKeyALine: Rule.RuleModule = {
  meta: {
    type: 'layout',
    fixable: 'whitespace',
    schema: [],
    messages: { together: 'An object of more than three keys has one key per line.' },
  },
  create(context) {
    const { sourceCode } = context
    return {
      ObjectExpression({ properties }) {
        if (properties.length <= 3) return
        for (const [index, property] of properties.slice(1).entries()) {
          const before = sourceCode.getTokenBefore(property)!
          if (properties[index]!.loc!.end.line !== property.loc!.start.line) continue
          context.report({
            node: property,
            messageId: 'together',
            fix: fixer => fixer.replaceTextRange([before.range[1], property.range![0]], '\n'),
          })
        }
      },
    }
  },
}
