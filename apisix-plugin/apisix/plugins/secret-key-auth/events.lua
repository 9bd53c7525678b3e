--- The runner's event stream: follows it and forgets the verdicts that events name.
--
-- The plugin starts it with the first request. `questions` reports the epoch and sequence of answers, and
-- `decisions` asks whether a verdict may be used without a question. One timer of each worker follows the
-- stream. The protocol is described in docs/reference/companion-protocol.md.

local cjson = require("cjson.safe")
local consumers = require("apisix.plugins.secret-key-auth.consumers")
local log = require("apisix.plugins.secret-key-auth.log")
local refusals = require("apisix.plugins.secret-key-auth.refusals")
local runner = require("apisix.plugins.secret-key-auth.runner")
local verdicts = require("apisix.plugins.secret-key-auth.verdicts")

local tcp = ngx.socket.tcp
local timer_at = ngx.timer.at
local exiting = ngx.worker.exiting
local now = ngx.now
local max = math.max
local min = math.min
local ipairs = ipairs
local pcall = pcall
local tostring = tostring
local type = type
local is_sequence = runner.is_sequence

-- The runner sends a line each second.
local SILENCE_SECONDS = 3
local FIRST_BACKOFF = 0.05
-- Without the stream each request is a question, so the wait is short. A refused connection costs some
-- microseconds.
local LONGEST_BACKOFF = 0.2

-- id: of the stream; a verdict with this id has missed no event since it was learned
-- live: it was greeted and has not ended
-- following: there is a timer that follows it or will do so
-- ended: the plugin was unloaded
-- epoch, sequence: of the last event or answer that was taken into account
local stream = { id = 0, live = false, following = false, ended = false, epoch = nil, sequence = 0 }

local _M = {
    -- Read-only for other modules.
    stream = stream,
}

-- Refusals end with each event, because the key may be good now.
local function next_moment()
    verdicts.next_moment()
    refusals.clear()
end

--- Takes note of where the runner's events are, while they are not followed one by one.
-- @tparam string epoch of a greeting or an answer
-- @tparam number sequence
function _M.catch_up(epoch, sequence)
    if epoch == stream.epoch and sequence == stream.sequence then
        return
    end
    -- A lower number follows answers that were ahead of the stream. Their events are still to come.
    local missed = epoch == stream.epoch and sequence > stream.sequence
    -- Verdicts with another id are asked about again.
    stream.id = stream.id + 1
    stream.epoch, stream.sequence = epoch, sequence
    next_moment()
    if missed then
        -- The same runner sent events that were not received: handled as "all". Grace applies only to
        -- another runner, which may not know all keys yet.
        verdicts.forget_all()
    end
end

local function forget(credentials)
    for _, one in ipairs(credentials) do
        if type(one) ~= "table" or type(one.consumer) ~= "string" then
            return false
        end
        local credential = type(one.credential) == "string" and one.credential or nil
        verdicts.forget_identity(consumers.identity_of(one.consumer, credential))
    end
    return true
end

-- Handles the first line. Returns false if it is no greeting.
local function greet(line)
    local hello = cjson.decode(line)
    if type(hello) ~= "table" or type(hello.epoch) ~= "string" or not is_sequence(hello.sequence) then
        return false
    end
    _M.catch_up(hello.epoch, hello.sequence)
    stream.live = true
    -- Most likely the runner was restarted.
    runner.seems_back()
    return true
end

-- Handles any other line. Returns false if it is malformed or does not follow the one before.
local function take(line)
    local event = cjson.decode(line)
    if type(event) ~= "table" or not is_sequence(event.sequence) then
        return false
    end
    -- An alive line. It does not mean that the runner answers: events have a thread of their own there.
    if event.forget == nil then
        return event.sequence == stream.sequence
    end
    if event.forget == "all" then
        if event.sequence <= stream.sequence then
            return false
        end
        stream.sequence = event.sequence
        next_moment()
        verdicts.forget_all()
        return true
    end
    if type(event.forget) ~= "table" or event.sequence ~= stream.sequence + 1 then
        return false
    end
    stream.sequence = event.sequence
    next_moment()
    return forget(event.forget)
end

-- The latest time that was seen.
local latest = 0

-- Forgets everything if the clock was set back: ages are unknown, and old verdicts would seem new later.
-- Runs every few seconds at least, whether the stream is live or not.
local function check_clock()
    local time = now()
    if time < latest then
        next_moment()
        verdicts.forget_all()
        runner.seems_back()
    end
    latest = time
end

-- Follows the stream until it ends and returns the reason.
local function follow_once()
    local sock = tcp()
    sock:settimeout(SILENCE_SECONDS * 1000)
    local ok, err = sock:connect(runner.events_path())
    if not ok then
        return err
    end
    local understand = greet
    repeat
        local line
        line, err = sock:receive("*l")
        check_clock()
        if line and not understand(line) then
            line, err = nil, understand == greet and "no greeting of a runner" or "a gap in the numbers"
            -- Something was missed, whatever the next greeting says.
            stream.sequence = -1
        end
        understand = take
    until not line or stream.ended or exiting()
    sock:close()
    return err
end

local follow_after

-- Each connection has a timer of its own, whose memory is released with it.
local function follow(premature, backoff)
    if premature or stream.ended or exiting() then
        stream.following = false
        return
    end
    check_clock()
    local started = now()
    local done, err = pcall(follow_once)
    stream.live = false
    if not done then
        -- The last event may have been handled in part.
        stream.sequence = -1
    end
    if stream.ended or exiting() then
        stream.following = false
        return
    end
    log.write("warn", done and "the runner's events are not heard" or "following the runner's events failed", tostring(err))
    if now() - started > SILENCE_SECONDS then
        backoff = 0
    end
    follow_after(backoff)
end

function follow_after(backoff)
    local ok, err = timer_at(backoff, follow, min(LONGEST_BACKOFF, max(FIRST_BACKOFF, 2 * backoff)))
    -- On failure the next request tries again.
    stream.following = ok and true or false
    if not ok then
        log.write("error", "no timer for the runner's events", err)
    end
end

--- Starts following the stream. For a stream that is not followed and has not ended.
function _M.follow()
    follow_after(0)
end

--- Ends the stream for good, because the plugin is unloaded.
function _M.stop()
    stream.ended = true
    stream.live = false
end

return _M
