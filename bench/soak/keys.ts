/** The key of the only back end of the server under load. */
export const SERVICE_KEY = 'soak-0123456789abcdefghijklmnopqrstuv'
