/** Where a page of a list ends: its last row. */
export interface PageCursor {
  at: string
  id: string
}
