interface Notice {
  title: string
  detail?: string
  color: 'success' | 'error'
}

/** What was just done, or why it failed: shown above the page and read out. It ends with the page. */
export function useNotice() {
  const notice = useState<Notice | null>('notice', () => null)
  return {
    notice,
    done: (title: string) => {
      notice.value = { title, color: 'success' }
    },
    /** A result that is no error of the API, such as a refused refresh. */
    refused: (title: string) => {
      notice.value = { title, color: 'error' }
    },
    /** @param error an error of `call` */
    failed: (error: unknown) => {
      const { message, fields } = apiError(error)
      notice.value = { title: message, detail: Object.values(fields ?? {}).join(' '), color: 'error' }
    },
    clear: () => {
      notice.value = null
    },
  }
}
