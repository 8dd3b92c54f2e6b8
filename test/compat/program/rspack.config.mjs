export default { output: { filename: 'page.js' } }
