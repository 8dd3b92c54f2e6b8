import { configureWechat, wx } from 'express-wechat/browser'

configureWechat({ jsApiList: ['scanQRCode'] }).then(() => wx.scanQRCode({ needResult: 1 }))
