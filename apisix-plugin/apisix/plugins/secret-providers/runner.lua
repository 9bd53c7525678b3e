--- Verdict calls: asks the runner which identity a credential belongs to.
--
-- `questions` makes the calls. This module also holds whether the runner is considered away, which
-- `decisions`, `questions` and `events` share. The frames are described in docs/reference/companion-protocol.md.

local cjson = require("cjson.safe")
local bit = require("bit")
local consumers = require("apisix.plugins.secret-providers.consumers")
local socket = require("apisix.plugins.secret-providers.socket")

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

local LONGEST_ANSWER = 65536
-- A worker with few requests asks again before a kept connection is closed.
local IDLE_MS = 60000
-- Kept connections: one for each question that `questions` asks at a time, in all its lines.
local MOST_KEPT = 96

local KEPT = { pool = socket.POOL }
-- No connection is returned to this pool, so it always gives a new one.
local FRESH = { pool = "secret-providers fresh" }

local _M = {
    -- Returns where `events` finds the stream.
    events_address = socket.events_address,
    -- Seconds for one question, and again for the wait for its turn. The runner answers from memory, in
    -- well under a millisecond. Where the system holds its socket, a restart takes most of the time.
    ASK_SECONDS = 3,
    -- The same for a request that grace covers: a starting runner accepts connections before it answers.
    ASK_SECONDS_IN_GRACE = 0.2,
    -- The longest key that the runner takes. nginx accepts no request with a longer one.
    LONGEST_KEY = 65536,
    -- Why there is no answer from a runner that does not know the call.
    UNEXPECTED = "unexpected answer; is the runner older than this plugin?",
}

-- While the runner is away, it is tried once in this time. nginx logs each try, whatever its settings.
local AWAY_SECONDS = 1

-- Until then the runner is considered away; 0 if it answered last.
local away_until = 0
-- Whether no connection could be made, or it was closed. Otherwise the runner was only slow, so that it may answer others.
local unreachable = false

--- Returns until when the runner is considered away, or 0 if it is not.
-- @treturn number
function _M.away_until()
    return away_until
end

--- Considers the runner away for a second.
-- @tparam ?string err why there was no answer; nil if that is tried now
function _M.seems_away(err)
    away_until = now() + AWAY_SECONDS
    if err then
        unreachable = err ~= "timeout"
    end
end

--- Returns whether nothing can be asked now, because no connection could be made less than a second ago.
-- @tparam number time now
-- @treturn boolean
function _M.is_unreachable(time)
    return unreachable and away_until > time
end

--- No longer considers the runner away.
function _M.seems_back()
    away_until = 0
    unreachable = false
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

-- Sends one frame and returns the body of the answer. On failure returns nil, the reason, and whether the runner
-- closed the connection, as it does when it ends.
local function exchange(call, body, deadline, pool)
    local sock = tcp()
    sock:settimeout(left(deadline))
    local ok, err = sock:connect(socket.address(), pool)
    if not ok then
        return nil, err
    end
    local length = #body
    local head = char(call, rshift(length, 16), band(rshift(length, 8), 255), band(length, 255))
    local answer
    ok, err = sock:send(head .. body)
    if ok then
        sock:settimeout(left(deadline))
        head, err = sock:receive(4)
        if head then
            local kind, high, middle, low = byte(head, 1, 4)
            length = high * 65536 + middle * 256 + low
            if kind ~= call or length > LONGEST_ANSWER then
                sock:close()
                return nil, _M.UNEXPECTED
            end
            sock:settimeout(left(deadline))
            answer, err = sock:receive(length)
        end
    end
    if not answer then
        sock:close()
        return nil, err, err ~= "timeout"
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
        previous = answer.previous == true,
        reason = text_or_nil(answer.reason),
        seconds = ttl and ttl / 1000 or huge,
    }
end

--- Sends a call and returns the body of the answer.
-- @tparam number call the type, see `calls`
-- @tparam string body
-- @tparam number seconds how long to wait for the answer
-- @treturn ?string nil if there is no answer
-- @treturn ?string why there is none
function _M.exchange(call, body, seconds)
    update_time()
    local deadline = now() + seconds
    local answer, err, closed = exchange(call, body, deadline, KEPT)
    if not answer and closed then
        -- Most likely the runner was restarted. If not, a second question does no harm.
        answer, err = exchange(call, body, deadline, FRESH)
    end
    return answer, err
end

--- Asks the runner about a credential.
-- @tparam number call the type, see `calls`
-- @tparam string body
-- @tparam number seconds how long to wait for the answer
-- @treturn ?table `verdict` (accepted, refused, unavailable), `epoch`, `sequence`, `identity` if accepted,
--   `reason` if not, whether it is good as a `previous` version, and `seconds` for which it may be remembered; nil if
--   there is no answer
-- @treturn ?string why there is none
function _M.ask(call, body, seconds)
    local answer, err = _M.exchange(call, body, seconds)
    if not answer then
        return nil, err
    end
    return parse(answer)
end

--- Returns whether an answer is the 401 of a runner that cannot decide yet.
-- @tparam table answer what `ask` returned
-- @treturn boolean
function _M.is_momentary_refusal(answer)
    return answer.verdict == "refused" and answer.seconds <= 0
end

return _M
