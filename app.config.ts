export default defineAppConfig({
  ui: {
    colors: { primary: 'teal', neutral: 'slate' },
    button: {
      // At 75 %, the default under the pointer, text on these colours falls below WCAG AA.
      compoundVariants: [
        { color: 'primary', variant: 'solid', class: 'hover:bg-primary/92 active:bg-primary/92' },
        { color: 'error', variant: 'solid', class: 'hover:bg-error/92 active:bg-error/92' },
      ],
    },
  },
})
