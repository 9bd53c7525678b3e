--- Requests with the same question to the runner wait for one answer.
--
-- `questions` and `injection` ask through it. Each has its own table of the questions under way.

local semaphore = require("ngx.semaphore")
local runner = require("apisix.plugins.secret-providers.runner")

local pairs = pairs

local ASK_SECONDS = runner.ASK_SECONDS

local _M = {}

--- Returns whether a question is one of a request that nginx ended because the client disconnected.
-- @tparam table question
-- @tparam number time now
-- @treturn boolean
local function is_lost(question, time)
    return time - question.started > 2 * ASK_SECONDS or time < question.started
end
_M.is_lost = is_lost

-- Removes the questions of such requests.
local function sweep(under_way, time)
    if time - under_way.swept > ASK_SECONDS or time < under_way.swept then
        under_way.swept = time
        for key, question in pairs(under_way.by_key) do
            if is_lost(question, time) then
                under_way.by_key[key] = nil
            end
        end
    end
end

--- Returns a table for questions under way.
-- @treturn table
function _M.new_table()
    return { by_key = {}, swept = 0 }
end

--- Returns the answer to a question: that of an earlier one that is under way, or what `ask` returns.
-- @tparam table under_way see `new_table`
-- @tparam string key
-- @tparam table question with `started`, `moment` and `waiting`, which is 0
-- @tparam function ask asks the runner; returns nil if there was no answer in time
-- @tparam function learn called with the key, an answer, and the question
-- @treturn ?table
-- @treturn ?boolean true if it is the answer to an earlier question
function _M.answer(under_way, key, question, ask, learn)
    local time = question.started
    local by_key = under_way.by_key
    local earlier = by_key[key]
    -- After an event the answer to an earlier question may be outdated for this request.
    if earlier and earlier.moment == question.moment and time >= earlier.started
       and time - earlier.started < ASK_SECONDS then
        earlier.waiting = earlier.waiting + 1
        earlier.answered = earlier.answered or semaphore.new(0)
        earlier.answered:wait(ASK_SECONDS)
        return earlier.answer, true
    end
    sweep(under_way, time)
    by_key[key] = question
    local answer = ask()
    if by_key[key] == question then
        by_key[key] = nil
    end
    if answer then
        learn(key, answer, question)
        question.answer = answer
    end
    if question.waiting > 0 then
        question.answered:post(question.waiting)
    end
    return answer
end

return _M
