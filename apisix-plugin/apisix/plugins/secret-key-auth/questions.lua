--- Questions to the runner: one at a time for each key, and a limited number in all.
--
-- `decisions` asks here about keys that are not remembered or have to be confirmed. The answer is
-- remembered in `verdicts` or `refusals`, unless an event from after it says otherwise.

local semaphore = require("ngx.semaphore")
local events = require("apisix.plugins.secret-key-auth.events")
local log = require("apisix.plugins.secret-key-auth.log")
local refusals = require("apisix.plugins.secret-key-auth.refusals")
local runner = require("apisix.plugins.secret-key-auth.runner")
local verdicts = require("apisix.plugins.secret-key-auth.verdicts")

local now = ngx.now
local pairs = pairs
local pcall = pcall
local tostring = tostring
local stream = events.stream

local ASK_SECONDS = runner.ASK_SECONDS
-- The same for a request that grace covers: a starting runner accepts connections before it answers.
local ASK_SECONDS_IN_GRACE = 0.2
-- Questions at a time in each line.
local ASKED_AT_ONCE = 32
-- A longer line could not be answered in time.
local LONGEST_LINE = 1024

local _M = {}

-- Known keys have a line of their own, so that guessed keys do not delay them.
local known_line, unknown_line

-- By digest, so that requests with the same key wait for one question.
local questions = {}
local questions_swept = 0

local function new_line()
    -- active: the questions that have a turn. The semaphore counts those that wait for one. It notices
    -- requests that nginx ends while they wait.
    return { active = {}, turn = semaphore.new(ASKED_AT_ONCE) }
end

local function is_lost(question, time)
    return time - question.started > 2 * ASK_SECONDS or time < question.started
end

-- Removes what is left of requests that nginx ended because the client disconnected. Such a request neither
-- returns its turn nor removes its question.
local function sweep(line, time)
    for question in pairs(line.active) do
        if is_lost(question, time) then
            line.active[question] = nil
            line.turn:post(1)
        end
    end
    if time - questions_swept > ASK_SECONDS or time < questions_swept then
        questions_swept = time
        for digest, question in pairs(questions) do
            if is_lost(question, time) then
                questions[digest] = nil
            end
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
        events.catch_up(answer.epoch, answer.sequence)
    end
    -- A runner that cannot decide yet does not contradict the verdict of the runner before it.
    if answer.verdict == "unavailable" or runner.is_momentary_refusal(answer) then
        return
    end
    local current = same_epoch and not outdated and stream.live
    if answer.verdict == "refused" then
        verdicts.forget(digest)
        if current and answer.seconds >= refusals.SECONDS then
            refusals.put(digest, question.started)
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
        return
    end
    -- An answer of the same epoch takes all events so far into account; another one only those from before
    -- the question.
    verdicts.put(digest, answer.identity, question.started, question.started + answer.seconds,
                 same_epoch and verdicts.moment() or question.moment, current and stream.id or 0)
end

local function line_of(known)
    if not known_line then
        known_line, unknown_line = new_line(), new_line()
    end
    return known and known_line or unknown_line
end

local function ask_in_turn(key, question, known)
    local line = line_of(known)
    -- A full line does not mean that the runner is away.
    if not enter(line, question) then
        log.write("error", "too many questions at once")
        return nil
    end
    if question.covered and runner.away_until() > now() then
        -- Another question found this out during the wait.
        leave(line, question)
        return nil
    end
    -- The wait for a turn is not part of the answer's age.
    question.started = now()
    question.moment = verdicts.moment()
    local done, answer, err = pcall(runner.ask, key, question.seconds)
    leave(line, question)
    if not done then
        answer, err = nil, tostring(answer)
    end
    if answer then
        runner.seems_back()
    else
        log.write("error", "the runner could not be asked", err)
        runner.seems_away()
    end
    return answer
end

--- Asks about a key, or waits for the answer to another request that asks about it.
-- @tparam string key
-- @tparam string digest of the key
-- @tparam boolean known whether the key was good lately
-- @tparam boolean in_grace whether the request passes without an answer
-- @tparam boolean covered whether it also need not find out if the runner is back
-- @treturn ?table the answer as `runner.ask` returns it; nil if there was none in time
function _M.ask(key, digest, known, in_grace, covered)
    local time = now()
    local moment = verdicts.moment()
    local question = questions[digest]
    -- After an event the answer to an earlier question may be outdated for this request.
    if question and question.moment == moment and time >= question.started and time - question.started < ASK_SECONDS then
        question.waiting = question.waiting + 1
        question.answered = question.answered or semaphore.new(0)
        question.answered:wait(ASK_SECONDS)
        return question.answer
    end
    question = {
        digest = digest,
        started = time,
        moment = moment,
        waiting = 0,
        covered = covered,
        seconds = in_grace and ASK_SECONDS_IN_GRACE or ASK_SECONDS,
    }
    questions[digest] = question
    local answer = ask_in_turn(key, question, known)
    if questions[digest] == question then
        questions[digest] = nil
    end
    if answer then
        learn(digest, answer, question)
        question.answer = answer
    end
    if question.waiting > 0 then
        question.answered:post(question.waiting)
    end
    return answer
end

return _M
