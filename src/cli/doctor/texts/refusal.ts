/** The facts from which the text about a refused call is made. */
export interface RefusalFacts {
  endpoint: string
  errcode: number
  /** WeChat's own text, without anything secret. */
  errmsg: string
  /** This server's IP address; undefined if WeChat's text does not name it. */
  address: string | undefined
}
