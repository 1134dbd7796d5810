// Photos, papers, voice notes and signatures: taken on a phone, kept with and without a line, shown only at a touch.
import { createHash } from 'node:crypto';

import { check, desk, Person, phone, report, same, story, the_node } from './harness.mjs';

// A photo as a phone makes it: it says where and with what it was taken.
async function photo(page) {
  const drawn = Buffer.from(await page.evaluate(() => new Promise((done) => {
    const canvas = document.createElement('canvas');
    canvas.width = 3000;
    canvas.height = 2000;
    const pen = canvas.getContext('2d');
    pen.fillStyle = '#7a5';
    pen.fillRect(0, 0, 3000, 2000);
    pen.fillStyle = '#235';
    pen.fillRect(600, 500, 1800, 900);
    canvas.toBlob((blob) => { const reader = new FileReader(); reader.onload = () => done(reader.result.split(',')[1]); reader.readAsDataURL(blob); }, 'image/jpeg');
  })), 'base64');
  const said = Buffer.from('Exif\0\0GPSLatitude 26.1445 GPSLongitude 91.7362 PhoneModel X');
  const segment = Buffer.concat([Buffer.from([0xff, 0xe1, 0, said.length + 2]), said]);
  return { name: 'IMG of Rupa at home.jpg', mimeType: 'image/jpeg', buffer: Buffer.concat([drawn.subarray(0, 2), segment, drawn.subarray(2)]) };
}
async function bytes_of(node, file) {
  const session = await node.as('desk');
  return session.bytes(`/files/${file}`);
}
const open = async (node, person, made) => {
  await person.page.goto(`${node.url}/#/files/${made.case}.${made.case}`);
  await person.page.locator('label.pick').first().waitFor();
};

story('a photo is taken on a phone: where it was taken is gone from it, it is kept against the node\'s signature, and shown only at a touch', async () => {
  const node = await the_node();
  const made = await report(node, [{ under_18: 'yes', names: ['Rupa'], sex: 'female', age: 13 }]);
  const person = await Person.at(node, { size: phone, user: 'desk' });
  const { page } = person;
  await page.goto(`${node.url}/#/case/${made.case}`);
  await page.getByRole('button', { name: 'Photos and papers', exact: true }).click();
  await page.getByText('Nothing here yet.').waitFor();
  await person.shot('files-empty-en-phone');
  await person.axe('no files');
  await page.locator('input[capture]').setInputFiles(await photo(page));
  await page.locator('section img').waitFor();
  await page.getByText('Where and by which phone').waitFor();
  await page.getByRole('button', { name: 'Keep it' }).click();
  await page.getByText('Say what it is first.').waitFor();
  await page.getByRole('button', { name: 'Proof' }).click();
  await person.shot('files-photo-en-phone');
  await person.axe('a photo before it is kept');
  await person.overflow('a photo');
  await page.getByRole('button', { name: 'Keep it' }).click();
  await page.getByText('The office has signed for it.').waitFor();
  const session = await node.as('desk');
  const { files } = await session('GET', `/records/${made.case}/files`);
  same(files.map((one) => [one.media, one.class]), [['image/jpeg', 'legal']], 'the files');
  const bytes = await bytes_of(node, files[0].file);
  check(!bytes.includes('GPS') && !bytes.includes('Exif') && !bytes.includes('PhoneModel'), 'the photo still says where it was taken');
  check(createHash('sha256').update(bytes).digest('base64url') === files[0].sha256, 'other bytes than those that were signed for');
  check(await page.locator('li img').count() === 0, 'it shows by itself');
  await page.getByRole('button', { name: /^Show/ }).click();
  await page.locator('li img').waitFor();
  check(await page.locator('li img').evaluate((one) => one.decode().then(() => one.naturalWidth)) === 2200, 'the photo was not made small');
  await person.shot('files-shown-en-phone');
  await person.axe('a file that is shown');
  await page.getByRole('button', { name: /^Hide/ }).click();
  await page.locator('li img').waitFor({ state: 'detached' });
  check(!/Rupa|IMG/.test(await page.title()) && !/Rupa|IMG/.test(page.url()), 'a name stands in the title or the address');
  await person.done();
});

story('without a line a photo is kept on the phone, also when the page dies before it was said what it is, and goes out once', async () => {
  const node = await the_node();
  const made = await report(node);
  const person = await Person.at(node, { size: phone, language: 'bn', user: 'desk' });
  const { page } = person;
  await open(node, person, made);
  await page.locator('input[capture]').setInputFiles(await photo(page));
  await page.locator('section img').waitFor();
  await page.reload();
  await page.locator('section img').waitFor();
  await page.route('**/api/v1/**', (route) => route.abort());
  await page.getByRole('button', { name: 'স্বাস্থ্য' }).or(page.getByRole('button', { name: 'প্রমাণ' })).first().click();
  await page.getByRole('button', { name: 'রাখুন' }).click();
  await page.getByText('এই ফোনে রাখা আছে').waitFor();
  await page.locator('article.soon').waitFor();
  await person.shot('files-unsent-bn-phone');
  await person.axe('a file that is not sent yet');
  await page.unroute('**/api/v1/**');
  await page.evaluate(() => dispatchEvent(new Event('online')));
  await page.locator('.sent a').click();  // it goes by itself
  await page.locator('.tick').waitFor();
  const { files } = await (await node.as('desk'))('GET', `/records/${made.case}/files`);
  check(files.length === 1, `there are ${files.length} files`);
  await person.done();
});

story('a voice note is spoken, somebody signs with a finger, a paper is chosen; what cannot be read is said, in Hindi at a desk', async () => {
  const node = await the_node();
  const made = await report(node);
  const person = await Person.at(node, { size: desk, language: 'hi', user: 'desk' });
  await person.context.grantPermissions(['microphone']);
  const { page } = person;
  await open(node, person, made);
  await page.locator('input[type=file]').last().setInputFiles({ name: 'x.doc', mimeType: 'application/msword', buffer: Buffer.from('no such thing') });
  await page.getByText('यह यहाँ पढ़ा नहीं जा सकता').waitFor();
  const keep = async () => {
    await page.getByRole('button', { name: 'सबूत' }).click();
    await page.getByRole('button', { name: 'रखें', exact: true }).click();
    await page.getByText('दफ़्तर ने इस पर हस्ताक्षर किया है').waitFor();
  };
  await page.locator('input[type=file]').last().setInputFiles({ name: 'order of the court.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n') });
  await keep();
  await page.getByRole('button', { name: 'बोलकर रिकॉर्ड करें' }).click();
  await page.getByText('सुन रहा है: 0:02').waitFor();
  await page.getByRole('button', { name: 'रुकें' }).click();
  await page.locator('section audio').waitFor();
  await person.shot('files-voice-hi-desk');
  await keep();
  await page.getByRole('button', { name: 'यहाँ हस्ताक्षर करवाएँ' }).click();
  const box = await page.locator('canvas').boundingBox();
  check(await page.getByRole('button', { name: 'हस्ताक्षर हो गया' }).isDisabled(), 'an empty box can be kept as a signature');
  await page.mouse.move(box.x + 40, box.y + 60);
  await page.mouse.down();
  for (let x = 40; x < 300; x += 20) await page.mouse.move(box.x + x, box.y + 60 + 30 * Math.sin(x / 30));
  await page.mouse.up();
  await person.shot('files-sign-hi-desk');
  await person.axe('a box to sign in');
  await page.getByRole('button', { name: 'हस्ताक्षर हो गया' }).click();
  await page.locator('section img').waitFor();
  await keep();
  const { files } = await (await node.as('desk'))('GET', `/records/${made.case}/files`);
  same(files.map((one) => one.media), ['application/pdf', 'audio/webm', 'image/png'], 'the files');
  await person.shot('files-hi-desk');
  await person.axe('files in Hindi');
  await person.done();
});
