/** The last row of a page, where the next page continues. */
export interface PageCursor {
  at: string
  id: string
}
