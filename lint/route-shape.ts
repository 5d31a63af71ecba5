import type { Rule } from 'eslint'

const MAKERS = ['defineRoute', 'defineCallback', 'defineJobRoute']

/**
 * A file of server/api exports nothing but a route that one of the makers made. Their types demand access and audit, so
 * a route without a rule does not compile; this rule ensures that nobody bypasses them.
 */
export const routeShape: Rule.RuleModule = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { shape: `A route is: export default ${MAKERS.join('(…) or ')}(…).` },
  },
  create(context) {
    return {
      Program(program) {
        const exported = program.body.filter(({ type }) => type.startsWith('Export'))
        const [route] = exported
        const made = route?.type === 'ExportDefaultDeclaration' && route.declaration.type === 'CallExpression'
          && route.declaration.callee.type === 'Identifier' && MAKERS.includes(route.declaration.callee.name)
        if (!made || exported.length > 1) context.report({ node: route ?? program, messageId: 'shape' })
      },
    }
  },
}
