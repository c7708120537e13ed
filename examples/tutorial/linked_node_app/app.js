// Asks the service that it is linked to under the name `service`, and passes the answer on.

const http = require('http');

const PORT = 8090;
const SERVICE = 'http://service:8099';
const PATIENCE_MS = 5000;

function passOn(answer, response) {
  const type = answer.headers['content-type'] || 'text/plain; charset=utf-8';
  response.writeHead(answer.statusCode, { 'Content-Type': type });
  answer.pipe(response);
}

function explain(error, response) {
  const cause = error.code === 'EAI_AGAIN' || error.code === 'ENOTFOUND'
    ? `${error.code} ${error.hostname}, no host of that name: is the link there?`
    : error.message;
  console.log(`cannot reach ${SERVICE}: ${cause}`);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(502, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(`cannot reach ${SERVICE}: ${cause}\n`);
}

const server = http.createServer((request, response) => {
  const question = http.get(SERVICE + request.url, (answer) => {
    clearTimeout(patience);
    passOn(answer, response);
  });
  const patience = setTimeout(
    () => question.destroy(new Error(`no answer within ${PATIENCE_MS / 1000} s`)),
    PATIENCE_MS,
  );
  question.on('error', (error) => {
    clearTimeout(patience);
    explain(error, response);
  });
});

server.listen(PORT, () => console.log(`listening on port ${PORT}, asking ${SERVICE}`));

// As the first process of a container it is told to stop by SIGTERM, which does nothing unless it is handled.
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => process.exit(0));
}
