import { element } from '../dom.js'
import { actions, openSheet, sheetTitle } from '../sheet.js'
import type { SheetHost } from '../sheet-host.js'

// The field names are those of WeChat's reply, also the misspelt `provice…`. The official script renames them for pages.
const addresses = [
  {
    userName: '张三',
    telNumber: '020-81167888',
    addressPostalCode: '510000',
    proviceFirstStageName: '广东省',
    addressCitySecondStageName: '广州市',
    addressCountiesThirdStageName: '海珠区',
    addressDetailInfo: '新港中路 397 号',
    nationalCode: '440105',
  },
  {
    userName: '李雷',
    telNumber: '021-55555555',
    addressPostalCode: '200001',
    proviceFirstStageName: '上海市',
    addressCitySecondStageName: '上海市',
    addressCountiesThirdStageName: '黄浦区',
    addressDetailInfo: '中山东一路 1 号',
    nationalCode: '310101',
  },
]

export async function chooseAddress(host: SheetHost): Promise<(typeof addresses)[number] | undefined> {
  const { texts } = host
  const sheet = openSheet<(typeof addresses)[number]>(host, { title: texts.address, testId: 'address' })
  const list = element('ul', { class: 'list' })
  addresses.forEach((address, index) => {
    const where =
      address.addressCitySecondStageName + address.addressCountiesThirdStageName + address.addressDetailInfo
    const text = element(
      'span',
      {},
      `${address.userName}  ${address.telNumber}`,
      element('small', { text: where }),
    )
    const button = element('button', { testId: `address-${index + 1}` }, text)
    button.addEventListener('click', () => sheet.close(address))
    list.append(element('li', {}, button))
  })
  sheet.body.append(
    sheetTitle(texts.address),
    list,
    actions(element('button', { testId: 'cancel', text: texts.cancel, onclick: () => sheet.close() })),
  )
  return sheet.closed
}
