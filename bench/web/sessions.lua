-- Walks USSD sessions for wrk, one after the other on each connection: `wrk -t8 -c8`, one connection a thread, so that
-- a request of a session is sent when the one before it has been answered.
--
-- Arguments after `--`: the inputs (joined by a line break), the first number of this run, how many numbers there are
-- (0: each session has a new one), how the last screen begins, the name of the run in session ids, and `whole` or
-- `newest`: each request brings all that was typed (Africa's Talking), or only the newest input (Hubtel).

local threads = {}

function setup(thread)
  thread:set("at", #threads)
  threads[#threads + 1] = thread
end

local function split(text)
  local inputs = {}
  for piece in (text .. "\n"):gmatch("(.-)\n") do inputs[#inputs + 1] = piece end
  return inputs
end

local function escaped(text)
  return (text:gsub("[^%w%-%._~]", function(letter) return string.format("%%%02X", letter:byte()) end))
end

function init(arguments)
  inputs, first, people, last = split(arguments[1]), tonumber(arguments[2]), tonumber(arguments[3]), arguments[4]
  run, newest = arguments[5], arguments[6] == "newest"
  session, step, wrong = 0, 0, 0
  headers = { ["Content-Type"] = newest and "application/json" or "application/x-www-form-urlencoded" }
  texts = {}
  for length = 1, #inputs do texts[length] = escaped(table.concat(inputs, "*", 2, length)) end
end

function newest_body(number)
  return string.format(
    '{"SessionId": "%s-%d-%d", "Mobile": "2237%07d", "Type": "%s", "Message": "%s", "Sequence": %d}',
    run, at, session, number, step == 1 and "initiation" or "response", step == 1 and "*384*223#" or inputs[step], step)
end

function request()
  step = step + 1
  if step > #inputs then step, session = 1, session + 1 end
  local person = session * 8 + at
  if people > 0 then person = person % people end
  if newest then return wrk.format("POST", nil, headers, newest_body(first + person)) end
  local body = string.format(
    "sessionId=%s-%d-%d&phoneNumber=%%2B2237%07d&networkCode=61001&serviceCode=%%2A384%%2A223%%23&text=%s",
    run, at, session, first + person, texts[step])
  return wrk.format("POST", nil, headers, body)
end

function response(status, _, body)
  local begins = step == #inputs and last or "CON "
  if newest then
    if not body:find(step == #inputs and '"release"' or '"response"', 1, true) then wrong = wrong + 1 end
  elseif status ~= 200 or body:sub(1, #begins) ~= begins then wrong = wrong + 1 end
end

function done(summary, latency, _)
  local mistakes = 0
  for _, thread in ipairs(threads) do mistakes = mistakes + thread:get("wrong") end
  io.write(string.format(
    '\n{"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "timeouts": %d, "errors": %d, "wrong": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e6, latency:percentile(99) / 1e6,
    summary.errors.timeout, summary.errors.connect + summary.errors.read + summary.errors.write, mistakes))
end
