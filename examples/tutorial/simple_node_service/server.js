// Serves what lies in its volume: GET / the first file there, GET /NAME the file of that name.

const fs = require('fs');
const http = require('http');
const path = require('path');

const PORT = 8099;
const DATA = '/var/data';

/** The names of the files in the volume, in order; none when there is no volume. */
function fileNames() {
  try {
    return fs.readdirSync(DATA, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

/** The status and the text that answer a request for this path. */
function answer(url) {
  const names = fileNames();
  if (names.length === 0) {
    return [404, `nothing in ${DATA}: is the volume mounted?\n`];
  }
  const wanted = url === '/' ? names[0] : decodeURIComponent(url.slice(1));
  if (!names.includes(wanted)) {
    return [404, `no file ${wanted} in ${DATA}, only ${names.join(', ')}\n`];
  }
  return [200, fs.readFileSync(path.join(DATA, wanted))];
}

function answerOrExplain(url) {
  try {
    return answer(url);
  } catch (error) {
    return [500, `cannot read ${DATA}: ${error.message}\n`];
  }
}

const server = http.createServer((request, response) => {
  const [status, text] = answerOrExplain(request.url);
  console.log(`${request.method} ${request.url} ${status}`);
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(text);
});

server.listen(PORT, () => console.log(`listening on port ${PORT}, serving ${DATA}`));

// As the first process of a container it is told to stop by SIGTERM, which does nothing unless it is handled.
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => process.exit(0));
}
