// The ten screens of a newcomer's report with an npm menu library, Express and ioredis.
//
// node server.js LIBRARY PORT REDIS_SOCKET SCREENS.json
'use strict';
const fs = require('fs');
const modules = require('module').createRequire(process.cwd() + '/');
const express = modules('express');
const Redis = modules('ioredis');

const [, , library, port, socket, screensFile] = process.argv;
const UssdMenu = modules(library);
const screens = JSON.parse(fs.readFileSync(screensFile, 'utf8'));
const redis = new Redis(socket);

// One menu for each request: these libraries keep the request in the menu, so requests that share a menu would answer
// each other.
function menuOf(request) {
  const menu = new UssdMenu();
  screens.forEach((screen, at) => {
    const isLast = at === screens.length - 1;
    const state = {
      run: async () => {
        await redis.get(request.sessionId);
        await redis.set(request.sessionId, request.text, 'EX', 300);
        if (isLast) menu.end(screen); else menu.con(screen);
      },
      next: isLast ? {} : { '*.+': `screen ${at + 1}` },
    };
    if (at === 0) menu.startState(state); else menu.state(`screen ${at}`, state);
  });
  return menu;
}

const app = express();
app.use(express.urlencoded({ extended: false }));
app.post('/ussd', (request, response) => {
  menuOf(request.body).run(request.body, (screen) => response.type('text/plain').send(screen));
});
app.listen(Number(port), '127.0.0.1');
