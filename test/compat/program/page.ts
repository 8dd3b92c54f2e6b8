import { configureWechat, wx } from 'express-wechat/browser'

await configureWechat({ jsApiList: ['chooseImage'] })
const { localIds } = await wx.chooseImage({ count: 1 })
export const first: string | undefined = localIds[0]
