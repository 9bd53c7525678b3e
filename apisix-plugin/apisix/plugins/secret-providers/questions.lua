--- Questions to the runner: one at a time for each credential, and a limited number in all.
--
-- `decisions` asks here about credentials that are not remembered or have to be confirmed. The answer is
-- remembered in `verdicts` or `refusals`, unless an event from after it says otherwise.

local semaphore = require("ngx.semaphore")
local events = require("apisix.plugins.secret-providers.events")
local log = require("apisix.plugins.secret-providers.log")
local neighbours = require("apisix.plugins.secret-providers.neighbours")
local refusals = require("apisix.plugins.secret-providers.refusals")
local runner = require("apisix.plugins.secret-providers.runner")
local shared = require("apisix.plugins.secret-providers.shared")
local verdicts = require("apisix.plugins.secret-providers.verdicts")

local now = ngx.now
local pairs = pairs
local pcall = pcall
local tostring = tostring
local is_lost = shared.is_lost
local shared_answer = shared.answer
local stream = events.stream

local ASK_SECONDS = runner.ASK_SECONDS
local ASK_SECONDS_IN_GRACE = runner.ASK_SECONDS_IN_GRACE
-- Questions at a time in each line.
local ASKED_AT_ONCE = 32
-- A longer line could not be answered in time.
local LONGEST_LINE = 1024

local _M = {}

-- Known credentials have a line of their own, so that guesses do not delay them. So have those that count once
-- and are always asked about.
local known_line, unknown_line, once_line

-- By digest, so that requests with the same credential wait for one question.
local questions = shared.new_table()

local function new_line()
    -- active: the questions that have a turn. The semaphore counts those that wait for one. It notices
    -- requests that nginx ends while they wait.
    return { active = {}, turn = semaphore.new(ASKED_AT_ONCE) }
end

-- Returns the turns of requests that nginx ended because the client disconnected.
local function sweep(line, time)
    for question in pairs(line.active) do
        if is_lost(question, time) then
            line.active[question] = nil
            line.turn:post(1)
        end
    end
end

-- Waits for a turn. Returns false if there was none in time.
local function enter(line, question)
    if line.turn:count() <= 0 then
        sweep(line, now())
        -- A negative count is the number of requests that wait.
        if line.turn:count() <= -LONGEST_LINE then
            return false
        end
    end
    if not line.turn:wait(ASK_SECONDS) then
        return false
    end
    line.active[question] = true
    return true
end

local function leave(line, question)
    -- If it was swept, its turn was returned already.
    if line.active[question] then
        line.active[question] = nil
        line.turn:post(1)
    end
end

-- Remembers an answer if no event contradicts it; the rules are in docs/reference/companion-protocol.md.
local function learn(digest, answer, question)
    local same_epoch = answer.epoch == stream.epoch
    -- Numbers of one epoch are compared exactly; otherwise only the order in this worker is known.
    local outdated
    if same_epoch then
        outdated = answer.sequence < stream.sequence
    else
        outdated = question.moment < verdicts.all_forgotten_at()
    end
    if not stream.live and not (same_epoch and answer.sequence <= stream.sequence) then
        events.catch_up(answer.epoch, answer.sequence, false)
    end
    -- A runner that cannot decide yet does not contradict the verdict of the runner before it.
    if answer.verdict == "unavailable" or runner.is_momentary_refusal(answer) then
        return
    end
    local current = same_epoch and not outdated and stream.live
    if answer.verdict == "refused" then
        verdicts.forget(digest)
        neighbours.forget(digest)
        if current and answer.seconds >= refusals.SECONDS then
            refusals.put(digest, question.started, answer.reason)
        end
        return
    end
    -- If another runner's events are followed, this runner is about to stop and does not know those events.
    if outdated or (stream.live and not same_epoch) then
        return
    end
    if question.started > now() then
        -- The clock was set back: see check_clock in `events`.
        return
    end
    if answer.seconds <= 0 then
        verdicts.forget(digest)
        neighbours.forget(digest)
        return
    end
    -- An answer of the same epoch takes all events so far into account; another one only those from before
    -- the question.
    verdicts.put(digest, answer.identity, question.started, question.started + answer.seconds,
                 same_epoch and verdicts.moment() or question.moment, current and stream.id or 0, answer.previous)
    if current then
        local age = now() - question.started
        neighbours.put(digest, answer.identity, age, answer.seconds - age, answer.previous, question.stamp)
    end
end

local function line_of(known)
    if not known_line then
        known_line, unknown_line = new_line(), new_line()
    end
    return known and known_line or unknown_line
end

local function ask_in_turn(call, body, question, line)
    -- A full line does not mean that the runner is away.
    if not enter(line, question) then
        log.write("error", "too many questions at once")
        return nil
    end
    local time = now()
    if not question.probe and (question.covered and runner.away_until() > time or runner.is_unreachable(time)) then
        -- Another question found this out during the wait.
        leave(line, question)
        return nil
    end
    -- The wait for a turn is not part of the answer's age.
    question.started = now()
    question.moment = verdicts.moment()
    question.stamp = neighbours.stamp()
    local done, answer, err = pcall(runner.ask, call, body, question.seconds)
    leave(line, question)
    if not done then
        answer, err = nil, tostring(answer)
    end
    if answer then
        runner.seems_back()
        events.hurry()
    else
        log.write("error", "the runner could not be asked", err)
        runner.seems_away(err or "")
    end
    return answer
end

--- Asks about a credential, or waits for the answer to another request that asks about it.
-- @tparam number call the type of the question, see `calls`
-- @tparam string body of the question
-- @tparam string digest of the body
-- @tparam boolean known whether the credential was good lately
-- @tparam boolean in_grace whether the request passes without an answer
-- @tparam boolean probe whether it finds out if the runner is back
-- @treturn ?table the answer as `runner.ask` returns it; nil if there was none in time
-- @treturn ?boolean true if another request had asked
function _M.ask(call, body, digest, known, in_grace, probe)
    local question = {
        digest = digest,
        started = now(),
        moment = verdicts.moment(),
        waiting = 0,
        covered = in_grace,
        probe = probe,
        seconds = in_grace and ASK_SECONDS_IN_GRACE or ASK_SECONDS,
    }
    return shared_answer(questions, digest, question, function()
        return ask_in_turn(call, body, question, line_of(known))
    end, learn)
end

--- Asks about a credential that counts once. Nothing is remembered or shared with another request.
-- @tparam number call the type of the question, see `calls`
-- @tparam string body of the question
-- @tparam boolean probe whether it finds out if the runner is back
-- @treturn ?table the answer as `runner.ask` returns it; nil if there was none in time
function _M.ask_once(call, body, probe)
    once_line = once_line or new_line()
    return ask_in_turn(call, body, { started = now(), seconds = ASK_SECONDS, probe = probe }, once_line)
end

return _M
