--- Verdict calls: asks the runner which identity a key belongs to.
--
-- `questions` makes the calls. This module also holds whether the runner is considered away, which
-- `decisions`, `questions` and `events` share. The frames are described in docs/reference/companion-protocol.md.

local helper = require("apisix.plugins.ext-plugin.helper")
local cjson = require("cjson.safe")
local bit = require("bit")
local consumers = require("apisix.plugins.secret-key-auth.consumers")

local tcp = ngx.socket.tcp
local now = ngx.now
local update_time = ngx.update_time
local band = bit.band
local rshift = bit.rshift
local byte = string.byte
local char = string.char
local max = math.max
local huge = math.huge
local type = type

-- The runner's frame type for verdicts.
local VERDICT_CALL = 64
local LONGEST_ANSWER = 65536
-- A worker with few requests asks again before a kept connection is closed.
local IDLE_MS = 60000
-- Kept connections: one for each question that `questions` asks at a time, good and unknown keys.
local MOST_KEPT = 64

local KEPT = { pool = "secret-key-auth" }
-- No connection is returned to this pool, so it always gives a new one.
local FRESH = { pool = "secret-key-auth fresh" }

local _M = {
    -- Seconds for one question, and again for the wait for its turn. The runner answers from memory, in
    -- well under a millisecond.
    ASK_SECONDS = 1,
    -- The longest key that the runner takes. nginx accepts no request with a longer one.
    LONGEST_KEY = 65536,
}

-- Until then the runner is considered away; 0 if it answered last.
local away_until = 0

--- Returns until when the runner is considered away, or 0 if it is not.
-- @treturn number
function _M.away_until()
    return away_until
end

--- Considers the runner away for a second.
function _M.seems_away()
    away_until = now() + _M.ASK_SECONDS
end

--- No longer considers the runner away.
function _M.seems_back()
    away_until = 0
end

--- Returns the path of the event stream's socket.
-- @treturn string
function _M.events_path()
    return helper.get_path() .. ".events"
end

--- Returns whether a value is a sequence number of the runner.
-- @treturn boolean
local function is_sequence(value)
    return type(value) == "number" and value >= 0 and value % 1 == 0
end
_M.is_sequence = is_sequence

local function left(deadline)
    update_time()
    return max(1, (deadline - now()) * 1000)
end

-- Sends one frame and returns the body of the answer. On failure returns nil, the reason, and whether the
-- connection was a kept one that the runner had closed.
local function exchange(body, deadline, pool)
    local sock = tcp()
    sock:settimeout(left(deadline))
    local ok, err = sock:connect(helper.get_path(), pool)
    if not ok then
        return nil, err
    end
    local reused = (sock:getreusedtimes() or 0) > 0
    local length = #body
    local head = char(VERDICT_CALL, rshift(length, 16), band(rshift(length, 8), 255), band(length, 255))
    local answer
    ok, err = sock:send(head .. body)
    if ok then
        sock:settimeout(left(deadline))
        head, err = sock:receive(4)
        if head then
            local kind, high, middle, low = byte(head, 1, 4)
            length = high * 65536 + middle * 256 + low
            if kind ~= VERDICT_CALL or length > LONGEST_ANSWER then
                sock:close()
                return nil, "unexpected answer; is the runner older than this plugin?"
            end
            sock:settimeout(left(deadline))
            answer, err = sock:receive(length)
        end
    end
    if not answer then
        sock:close()
        return nil, err, reused and err ~= "timeout"
    end
    if pool == KEPT then
        sock:setkeepalive(IDLE_MS, MOST_KEPT)
    else
        sock:close()
    end
    return answer
end

local function text_or_nil(value)
    return type(value) == "string" and value ~= "" and value or nil
end

local function parse(body)
    local answer = cjson.decode(body)
    if type(answer) ~= "table" or type(answer.epoch) ~= "string" or not is_sequence(answer.sequence) then
        return nil, "malformed answer"
    end
    local verdict = answer.verdict
    local known = verdict == "refused" or verdict == "unavailable"
                  or (verdict == "accepted" and text_or_nil(answer.consumer) ~= nil)
    local ttl = answer.ttl_ms
    if ttl == cjson.null then
        ttl = nil
    end
    if not known or (ttl ~= nil and type(ttl) ~= "number") then
        return nil, "malformed answer"
    end
    return {
        verdict = verdict,
        epoch = answer.epoch,
        sequence = answer.sequence,
        identity = verdict == "accepted" and consumers.identity_of(answer.consumer, text_or_nil(answer.credential)) or nil,
        seconds = ttl and ttl / 1000 or huge,
    }
end

--- Asks the runner about a key.
-- @tparam string key
-- @tparam number seconds how long to wait for the answer
-- @treturn ?table `verdict` (accepted, refused, unavailable), `epoch`, `sequence`, `identity` if accepted,
--   and `seconds` for which it may be remembered; nil if there is no answer
-- @treturn ?string why there is none
function _M.ask(key, seconds)
    update_time()
    local deadline = now() + seconds
    local body, err, stale = exchange(key, deadline, KEPT)
    if not body and stale then
        -- Most likely the runner was restarted.
        body, err = exchange(key, deadline, FRESH)
    end
    if not body then
        return nil, err
    end
    return parse(body)
end

--- Returns whether an answer is the 401 of a runner that cannot decide yet.
-- @tparam table answer what `ask` returned
-- @treturn boolean
function _M.is_momentary_refusal(answer)
    return answer.verdict == "refused" and answer.seconds <= 0
end

return _M
