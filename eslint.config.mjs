import withNuxt from './.nuxt/eslint.config.mjs'
import { houseRules } from './lint/house-rules.ts'

export default withNuxt(
  { ignores: ['.data/', '.output/', 'supabase/schema.sql'] },
  {
    rules: {
      '@stylistic/brace-style': ['error', '1tbs'],
      '@stylistic/operator-linebreak': 'off',
      '@stylistic/indent-binary-ops': 'off',
      '@stylistic/max-statements-per-line': ['error', { max: 1 }],
      // Width hides length. URLs, regular expressions and SQL cannot be broken.
      '@stylistic/max-len': ['error', {
        code: 120,
        ignoreUrls: true,
        ignoreRegExpLiterals: true,
        ignorePattern: 'sql`|/\\*sql\\*/',
      }],
      // An object of more than three keys has one key per line.
      '@stylistic/object-curly-newline': ['error', {
        ObjectExpression: { minProperties: 4, multiline: true, consistent: true },
      }],
      '@typescript-eslint/no-explicit-any': 'error',
      'no-console': 'error',
    },
  },
  {
    files: [
      'scripts/**',
      'scanner/index.ts',
      'bench/**',
      'integrations/**/*.mjs',
      'server/start/entry.ts',
      'server/start/once.ts',
      'server/embedded/quiet-console.ts',
      'rigs/**',
      'tests/**',
    ],
    rules: { 'no-console': 'off' },
  },
  // The import table and our other own rules are in lint/house-rules.ts.
  ...houseRules,
)
