export default defineAppConfig({
  ui: {
    colors: { primary: 'teal', neutral: 'slate' },
    button: {
      // Nuxt UI dims a button under the pointer to 75 %, where text on these colors falls below WCAG AA.
      compoundVariants: [
        { color: 'primary', variant: 'solid', class: 'hover:bg-primary/92 active:bg-primary/92' },
        { color: 'error', variant: 'solid', class: 'hover:bg-error/92 active:bg-error/92' },
      ],
    },
  },
})
