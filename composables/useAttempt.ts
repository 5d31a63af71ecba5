interface FieldError {
  name: string
  message: string
}

/** The part of a form that shows what is wrong with its fields. */
export interface ErrorForm {
  setErrors(errors: FieldError[]): void
}

/** Runs what a button or a form does, one thing at a time, and says how it ended. */
export function useAttempt() {
  const { done, refused, failed, clear } = useNotice()
  const busy = ref<string>()

  /**
   * @param name what `busy` is while the work runs
   * @param work returns what to say: a success, a problem, or nothing
   * @param form shows the errors of single fields beside these fields
   * @returns whether the work came to its end without an error
   */
  async function attempt(
    name: string,
    work: () => Promise<string | { problem: string } | undefined>,
    form?: ErrorForm | null,
  ): Promise<boolean> {
    clear()
    busy.value = name
    try {
      const words = await work()
      if (typeof words === 'string') done(words)
      else if (words) refused(words.problem)
      return true
    } catch (error) {
      const { message, fields } = apiError(error)
      if (form && fields) {
        form.setErrors(fieldErrors(fields))
        refused(message)
      } else failed(error)
      return false
    } finally {
      busy.value = undefined
    }
  }
  return { attempt, busy: readonly(busy) }
}

/** What the server says about fields, in the form that UForm shows. */
export function fieldErrors(fields: Record<string, string>): FieldError[] {
  return Object.entries(fields).map(([name, message]) => ({ name, message }))
}
