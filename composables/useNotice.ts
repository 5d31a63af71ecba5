interface Notice {
  title: string
  detail?: string
  color: 'success' | 'error'
}

/** What was just done, or why not: shown above the page and read out. Gone with the next page. */
export function useNotice() {
  const notice = useState<Notice | null>('notice', () => null)
  return {
    notice,
    done: (title: string) => {
      notice.value = { title, color: 'success' }
    },
    failed: (error: unknown) => {
      const { message, fields } = apiError(error)
      notice.value = { title: message, detail: Object.values(fields ?? {}).join(', '), color: 'error' }
    },
    clear: () => {
      notice.value = null
    },
  }
}
