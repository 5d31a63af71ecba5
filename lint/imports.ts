import { relative, sep } from 'node:path'
import type { Rule } from 'eslint'
import { importTable } from './import-table.ts'
import { refusal } from './import-graph.ts'

/** The type `import('…')`, which ESLint's own types do not know. */
type TypeImport = Rule.Node & { source?: { value?: unknown } }

/**
 * A file imports only what the import table allows, in every form: `import`, `export … from`, `import()`, and the
 * type `import('…')`. An `import()` whose name is computed cannot be checked, so it is refused.
 */
export const imports: Rule.RuleModule = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      refused: '{{ reason }} See the import table in docs/architecture.md.',
      computed: 'The name in import() must be a plain string, so that the import table can be checked.',
    },
  },
  create(context) {
    const file = relative(context.cwd, context.filename).split(sep).join('/')
    function check(node: Rule.Node, specifier: unknown): void {
      if (typeof specifier !== 'string') return
      const reason = refusal(importTable, file, specifier)
      if (reason) context.report({ node, messageId: 'refused', data: { reason } })
    }
    return {
      ImportDeclaration: node => check(node, node.source.value),
      ExportAllDeclaration: node => check(node, node.source.value),
      ExportNamedDeclaration: node => check(node, node.source?.value),
      ImportExpression(node) {
        if (node.source.type === 'Literal') check(node, node.source.value)
        else context.report({ node, messageId: 'computed' })
      },
      TSImportType: (node: Rule.Node) => check(node, (node as TypeImport).source?.value),
    }
  },
}
