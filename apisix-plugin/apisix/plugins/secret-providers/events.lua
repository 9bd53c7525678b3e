--- The runner's event stream: follows it and forgets the verdicts that events name.
--
-- The plugin starts it when a worker loads it. `questions` reports the epoch and sequence of answers, and
-- `decisions` asks whether a verdict may be used without a question. One timer of each worker follows the
-- stream. The protocol is described in docs/reference/companion-protocol.md.

local cjson = require("cjson.safe")
local consumers = require("apisix.plugins.secret-providers.consumers")
local log = require("apisix.plugins.secret-providers.log")
local neighbours = require("apisix.plugins.secret-providers.neighbours")
local refusals = require("apisix.plugins.secret-providers.refusals")
local runner = require("apisix.plugins.secret-providers.runner")
local values = require("apisix.plugins.secret-providers.values")
local verdicts = require("apisix.plugins.secret-providers.verdicts")

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
-- Requests find out sooner whether the runner is back, see `hurry`. nginx logs each try.
local LONGEST_BACKOFF = 5
-- Under traffic, at most one try in this time.
local HURRY_SECONDS = 1
-- How long a runner that ends in order is taken for one that another one replaces.
local RESTART_SECONDS = 10
local RESTART_FIRST_BACKOFF = 0.01
local RESTART_LONGEST_BACKOFF = 0.2
-- Streams of this worker, and runners, of which it is known when they were heard last.
local MOST_FORMER = 256

-- id: of the stream; a verdict with this id has missed no event since it was learned
-- heard: when it was heard last, or 0
-- live: it was greeted and has not ended
-- restart_until: the runner said that it ends, and another one is expected until then; 0 if not
-- following: there is a timer that follows it or will do so
-- ended: the plugin was unloaded
-- connection: grows with each greeting; values of an earlier connection may have missed an event
-- epoch, sequence: of the last event or answer that was taken into account
local stream = {
    id = 0, heard = 0, live = false, restart_until = 0, following = false, ended = false, connection = 0, epoch = nil,
    sequence = 0,
}

-- By the id of an earlier stream: when it was heard last. By the epoch of a runner: when another worker heard it last.
local former = {}
local epochs = 0

local _M = {
    -- Read-only for other modules.
    stream = stream,
    -- A stream that was silent for so long is lost.
    SILENCE_SECONDS = SILENCE_SECONDS,
}

-- Refusals end with each event, because the key may be good now.
local function next_moment()
    verdicts.next_moment()
    refusals.clear()
end

--- Takes note of where the runner's events are, while they are not followed one by one.
-- @tparam string epoch of a greeting or an answer
-- @tparam number sequence
-- @tparam boolean following whether it is a greeting, so that each event from now on will be heard
function _M.catch_up(epoch, sequence, following)
    if epoch == stream.epoch and sequence == stream.sequence then
        return
    end
    -- A lower number follows answers that were ahead of the stream. Their events are still to come.
    local missed = epoch == stream.epoch and sequence > stream.sequence
    -- Verdicts with another id are asked about again. Grace counts from when theirs was heard last.
    former[stream.id] = stream.heard
    stream.id = stream.id + 1
    former[stream.id - MOST_FORMER] = nil
    stream.heard = 0
    stream.epoch, stream.sequence = epoch, sequence
    next_moment()
    if missed then
        -- The same runner sent events that were not received: handled as "all". Grace applies only to
        -- another runner, which may not know all keys yet.
        verdicts.forget_all()
        values.forget_all()
    end
    if not following then
        neighbours.missed(epoch, sequence)
    end
end

--- Returns when a stream was heard last. It confirmed then all that it had not ended.
-- @tparam number|string id of the stream, or 0; or the epoch of another worker's
-- @treturn number 0 if that is not known
function _M.heard(id)
    return id == stream.id and stream.heard or former[id] or 0
end

--- Takes note of when another worker heard a runner.
-- @tparam string epoch of the runner
-- @tparam number time
function _M.heard_by_others(epoch, time)
    if not former[epoch] then
        if epochs >= MOST_FORMER then
            return
        end
        epochs = epochs + 1
    end
    former[epoch] = time
end

-- Forgets the values for upstreams that an event names. Returns false if it is malformed.
local function forget_values(names)
    if names == "all" then
        values.forget_all()
        return true
    end
    if type(names) ~= "table" then
        return false
    end
    values.next_moment()
    for _, name in ipairs(names) do
        if type(name) ~= "string" then
            return false
        end
        values.forget(name)
    end
    return true
end

local function forget(credentials)
    for _, one in ipairs(credentials) do
        if type(one) ~= "table" or type(one.consumer) ~= "string" then
            return false
        end
        local credential = type(one.credential) == "string" and one.credential or nil
        local identity = consumers.identity_of(one.consumer, credential)
        verdicts.forget_identity(identity)
        neighbours.forget_identity(identity)
    end
    return true
end

-- Handles the first line. Returns false if it is no greeting.
local function greet(line)
    local hello = cjson.decode(line)
    if type(hello) ~= "table" or type(hello.epoch) ~= "string" or not is_sequence(hello.sequence) then
        return false
    end
    _M.catch_up(hello.epoch, hello.sequence, true)
    stream.live = true
    stream.heard = now()
    stream.restart_until = 0
    stream.connection = stream.connection + 1
    neighbours.greeted(stream.epoch, stream.sequence)
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
    -- It does not mean that the runner answers: events have a thread of their own there.
    stream.heard = now()
    if event.restart ~= nil then
        stream.restart_until = event.restart == true and now() + RESTART_SECONDS or 0
    end
    if event.values ~= nil then
        return event.sequence == stream.sequence and forget_values(event.values)
    end
    if event.forget == nil then
        -- An alive line.
        return event.sequence == stream.sequence
    end
    if event.forget == "all" then
        -- The number stays if the lines that were missed named values only.
        if event.sequence < stream.sequence then
            return false
        end
        stream.sequence = event.sequence
        next_moment()
        neighbours.event()
        verdicts.forget_all()
        neighbours.forget_all()
        values.forget_all()
        return true
    end
    if type(event.forget) ~= "table" or event.sequence ~= stream.sequence + 1 then
        return false
    end
    stream.sequence = event.sequence
    next_moment()
    neighbours.event()
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
        values.forget_all()
        former, epochs = {}, 0
        stream.heard, stream.restart_until = 0, 0
        runner.seems_back()
    end
    latest = time
end

-- Follows the stream until it ends and returns the reason.
local function follow_once()
    local sock = tcp()
    sock:settimeout(SILENCE_SECONDS * 1000)
    local ok, err = sock:connect(runner.events_address())
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
        elseif line and understand == take then
            neighbours.heard(stream.sequence)
        end
        understand = take
    until not line or stream.ended or exiting()
    sock:close()
    return err
end

-- The number of the newest timer. Earlier ones do nothing.
local newest = 0
-- Whether the newest timer has not begun, how long to wait after a try that fails then, and when the last try was.
local waiting = false
local next_backoff = 0
local tried = 0

local follow_after

-- Returns how long to wait after a try that ended, and how long after the next one.
local function backoff_after(backoff, started, was_live)
    local time = now()
    local restarts = stream.restart_until > time
    if time - started > SILENCE_SECONDS or restarts and was_live then
        backoff = 0
    end
    if restarts then
        return min(backoff, RESTART_LONGEST_BACKOFF), max(RESTART_FIRST_BACKOFF, 2 * backoff)
    end
    return backoff, min(LONGEST_BACKOFF, max(FIRST_BACKOFF, 2 * backoff))
end

-- Each connection has a timer of its own, whose memory is released with it.
local function follow(premature, backoff, number)
    if number ~= newest then
        return
    end
    waiting = false
    if premature or stream.ended or exiting() then
        stream.following = false
        return
    end
    check_clock()
    local started = now()
    local away_until = runner.away_until()
    if away_until > started then
        -- A request has found out that it is away. Rounded up: nginx's clock stands while timers without delay run.
        return follow_after(away_until - started + 0.01, backoff)
    elseif away_until > 0 then
        -- Instead of a request.
        runner.seems_away()
    end
    tried = started
    local connection = stream.connection
    local done, err = pcall(follow_once)
    stream.live = false
    neighbours.lost()
    if not done then
        -- The last event may have been handled in part.
        stream.sequence = -1
    end
    if stream.ended or exiting() then
        stream.following = false
        return
    end
    if stream.restart_until <= now() or not done then
        log.write("warn", done and "the runner's events are not heard" or "following the runner's events failed", tostring(err))
    end
    local was_live = stream.connection ~= connection
    if was_live then
        tried = 0
    end
    follow_after(backoff_after(backoff, started, was_live))
end

-- Tries again after some seconds, and after `backoff` more if that fails.
function follow_after(seconds, backoff)
    newest = newest + 1
    next_backoff = backoff
    local ok, err = timer_at(seconds, follow, backoff, newest)
    waiting = ok and true or false
    -- On failure the next request tries again.
    stream.following = waiting
    if not ok then
        log.write("error", "no timer for the runner's events", err)
    end
end

--- Tries again soon if the stream is not heard, because the runner has answered.
function _M.hurry()
    if waiting and not stream.live and now() - tried >= HURRY_SECONDS then
        tried = now()
        follow_after(0, next_backoff)
    end
end

--- Starts following the stream. For a stream that is not followed and has not ended.
function _M.follow()
    follow_after(0, FIRST_BACKOFF)
end

--- Ends the stream for good, because the plugin is unloaded.
function _M.stop()
    stream.ended = true
    stream.live = false
end

return _M
