// Cloudflare's own SDK. It does not walk the pages. cloudflare_sdk.js BASE_URL PER_PAGE ROUNDS page, or
// cloudflare_sdk.js version

const { Cloudflare } = require('cloudflare');
const { VERSION } = require('cloudflare/version');

async function main([base, perPage, rounds]) {
  if (base === 'version') return VERSION;
  const client = new Cloudflare({ apiToken: 'token-0123456789', baseURL: base });
  let page;
  for (let round = 0; round < Number(rounds); round++) {
    page = await client.realtimeKit.meetings.getMeetingParticipants('182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e', {
      account_id: '023e105f4ecef8ad9ca31a8372d0c353',
      app_id: '14a396e7-ca44-4937-bf1f-050a69118543',
      page_no: 1,
      per_page: Number(perPage),
    });
  }
  return page.data.filter((participant) => participant.id !== '').length;
}

main(process.argv.slice(2)).then(console.log);
