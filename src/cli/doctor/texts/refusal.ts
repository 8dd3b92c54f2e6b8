/** What the texts of a refused call are made of. */
export interface RefusalFacts {
  endpoint: string
  errcode: number
  /** WeChat's own text, without anything secret. */
  errmsg: string
  /** This server's address as WeChat names it. */
  address: string | undefined
}
