--- Decides which identity a key belongs to: from memory if possible, else with a question to the runner.
--
-- The plugin calls it for each request with a key.

local events = require("apisix.plugins.secret-key-auth.events")
local questions = require("apisix.plugins.secret-key-auth.questions")
local refusals = require("apisix.plugins.secret-key-auth.refusals")
local runner = require("apisix.plugins.secret-key-auth.runner")
local verdicts = require("apisix.plugins.secret-key-auth.verdicts")

local now = ngx.now
local min = math.min
local stream = events.stream

-- The runner's messages for a route with ext-plugin.
local UNRESOLVED = "Some credentials could not be resolved yet"
local UNREACHABLE = "Credentials cannot be checked at the moment"

local _M = {}

--- Returns the identity that a key belongs to.
-- @tparam string key
-- @tparam string digest of the key
-- @tparam table conf `verdict_ttl` and `grace` of the route
-- @treturn ?string the identity; nil if the key is not accepted
-- @treturn string|boolean|nil if it is not accepted: the message of a 503, or false for a refused key
-- @treturn ?boolean true if the answer came from memory alone
function _M.identify(key, digest, conf)
    local time = now()
    local part, row = verdicts.find(digest, time)
    local known = part ~= nil
    local probe = false
    local in_grace = false
    if known then
        local identity = part.identity[row]
        local age = time - part.asked[row]
        -- The age is unknown if the clock was set back.
        if age >= 0 then
            if age < conf.verdict_ttl and stream.live and part.stream[row] == stream.id then
                return identity, nil, true
            end
            in_grace = conf.grace > 0 and age < conf.verdict_ttl + conf.grace
        end
        if in_grace then
            local away_until = runner.away_until()
            if away_until > time then
                return identity
            end
            if away_until > 0 then
                -- This request finds out whether the runner is back; the others do not wait for it.
                probe = true
                runner.seems_away()
            end
        end
    elseif stream.live and refusals.has(digest, time, min(refusals.SECONDS, conf.verdict_ttl)) then
        return nil, false
    end

    local answer = questions.ask(key, digest, known, in_grace, in_grace and not probe)
    if answer and answer.verdict == "accepted" then
        return answer.identity
    end
    local refused = answer and answer.verdict == "refused"
    if in_grace and not (refused and not runner.is_momentary_refusal(answer)) then
        -- An event may have voided the verdict during the wait.
        part, row = verdicts.find(digest, now())
        if part then
            return part.identity[row]
        end
    end
    if refused then
        return nil, false
    end
    return nil, answer and UNRESOLVED or UNREACHABLE
end

return _M
