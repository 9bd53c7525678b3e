--- Decides which identity a credential belongs to: from memory if possible, else with a question to the runner.
--
-- The plugins call it for each request with a credential.

local events = require("apisix.plugins.secret-providers.events")
local neighbours = require("apisix.plugins.secret-providers.neighbours")
local questions = require("apisix.plugins.secret-providers.questions")
local refusals = require("apisix.plugins.secret-providers.refusals")
local runner = require("apisix.plugins.secret-providers.runner")
local uses = require("apisix.plugins.secret-providers.uses")
local verdicts = require("apisix.plugins.secret-providers.verdicts")

local count = verdicts.count
local find_words = verdicts.find
local is_recent = verdicts.is_recent
local max = math.max
local min = math.min
local now = ngx.now
local pairs = pairs
local type = type
local stream = events.stream

local LEASE_SECONDS = events.SILENCE_SECONDS

-- The runner's messages for a route with ext-plugin.
local UNRESOLVED = "Some credentials could not be resolved yet"
local UNREACHABLE = "Credentials cannot be checked at the moment"

local _M = {
    -- The settings of a route for what its worker remembers, as properties of a plugin's schema.
    settings = {
        -- seconds for which a verdict is used without a question, if the runner's events do not end it before
        verdict_ttl = {
            type = "number",
            minimum = 0,
            maximum = 3600,
            default = 600,
        },
        -- seconds since the runner was heard last, while it cannot be asked
        grace = {
            type = "number",
            minimum = 0,
            maximum = 86400,
            default = 30,
        },
        -- of one worker; the largest value of all routes counts
        max_verdicts = {
            type = "integer",
            minimum = 1,
            maximum = 10000000,
            default = 100000,
        },
    },
}

--- Prepares the memory, and follows the stream of events if no timer does.
-- @tparam table conf of the route; settings that are absent are filled in
function _M.prepare(conf)
    if not conf.max_verdicts then
        -- APISIX checked it while this module could not be loaded.
        for name, setting in pairs(_M.settings) do
            conf[name] = conf[name] or setting.default
        end
    end
    if conf.max_verdicts > verdicts.most then
        verdicts.grow(conf.max_verdicts)
    end
    if not stream.following and not stream.ended then
        events.follow()
    end
end

-- Returns whether a verdict may be used if the runner gives no answer. The stream confirms what it would have ended.
local function is_covered(part, row, time, conf)
    local asked = verdicts.asked(part, row)
    local age = time - asked
    return age >= 0 and age < conf.verdict_ttl + conf.grace
           and time - max(asked, events.heard(verdicts.stream(part, row))) < conf.grace
end

-- Returns whether a verdict may be used without a question: the stream was heard lately. A worker that stood still has
-- the end of the stream, or events, still before it.
local function is_good(part, row, time, conf)
    return stream.live and time - stream.heard <= LEASE_SECONDS and is_recent(part, row, stream.id, time, conf.verdict_ttl)
end

-- Counts a use of a verdict and returns its identity.
local function use(part, row, kind)
    count(part, row, kind)
    return verdicts.identity(part, row)
end

-- Returns this worker's verdict. One from another worker's runner ends when that one voids it.
local function find(digest, time)
    local part, row = verdicts.find_text(digest, time)
    if part and type(verdicts.stream(part, row)) == "string" and not neighbours.find(digest) then
        verdicts.forget(digest)
        return nil
    end
    return part, row
end

-- Looks for another worker's verdict that is newer than this worker's, and remembers it. Returns it, or this worker's.
local function ask_neighbours(digest, time, part, row)
    local theirs = neighbours.find(digest)
    local asked = theirs and time - theirs.age
    if not theirs or part and asked <= verdicts.asked(part, row) then
        return part, row
    end
    local id = stream.live and theirs.current and stream.id or theirs.epoch
    if id == theirs.epoch then
        events.heard_by_others(theirs.epoch, time - theirs.heard)
    end
    verdicts.put(digest, theirs.identity, asked, time + theirs.left, verdicts.moment(), id, theirs.previous)
    return verdicts.find_text(digest, time)
end

local function ask(call, body, digest, conf, kind, part, row)
    local time = now()
    local in_grace = part ~= nil and is_covered(part, row, time, conf)
    local away_until = runner.away_until()
    local probe = away_until > 0 and away_until <= time
    if in_grace and (away_until > time or stream.restart_until > time) then
        return use(part, row, kind)
    elseif runner.is_unreachable(time) then
        return nil, UNREACHABLE
    elseif probe then
        -- This request finds out whether the runner is back; the others do not wait for it.
        runner.seems_away()
    end

    local answer, shared = questions.ask(call, body, digest, part ~= nil, in_grace, probe)
    if answer and answer.verdict == "accepted" then
        -- The runner counts a question as one use.
        if shared then
            uses.count(kind, answer.identity, answer.previous)
        end
        return answer.identity
    end
    local refused = answer and answer.verdict == "refused"
    if in_grace and not (refused and not runner.is_momentary_refusal(answer)) then
        -- An event may have voided the verdict during the wait.
        part, row = find(digest, now())
        if part then
            return use(part, row, kind)
        end
    end
    if refused then
        return nil, false, false, answer.reason
    end
    return nil, answer and UNRESOLVED or UNREACHABLE
end

--- Finds this worker's verdict on a credential, if it may be used without a question. LuaJIT compiles it, see `rows`.
-- @tparam cdata digest as the module `digest` returns it
-- @tparam table conf `verdict_ttl` of the route
-- @treturn ?number the part that holds the verdict, nil if there is none
-- @treturn ?number its row there. The use is not counted yet.
function _M.find_good(digest, conf)
    local time = now()
    local part, row = find_words(digest, time)
    if part and is_good(part, row, time, conf) then
        return part, row
    end
    return nil
end

--- Returns the identity that a credential belongs to.
-- @tparam number call the type of the question, see `calls`
-- @tparam string body of the question
-- @tparam string digest of the body
-- @tparam table conf `verdict_ttl` and `grace` of the route
-- @tparam number kind of the credential, see `calls.KINDS`
-- @treturn ?string the identity; nil if the credential is not accepted
-- @treturn string|boolean|nil if it is not accepted: the message of a 503, or false for a refused credential
-- @treturn ?boolean true if the answer came from memory alone
-- @treturn ?string if it is refused: the runner's reason
function _M.identify(call, body, digest, conf, kind)
    local time = now()
    local part, row = find(digest, time)
    if part and is_good(part, row, time, conf) then
        return use(part, row, kind), nil, true
    elseif not part and stream.live then
        local refused, reason = refusals.has(digest, time, min(refusals.SECONDS, conf.verdict_ttl))
        if refused then
            return nil, false, false, reason
        end
    end
    part, row = ask_neighbours(digest, time, part, row)
    if part and is_good(part, row, time, conf) then
        return use(part, row, kind), nil, true
    end
    return ask(call, body, digest, conf, kind, part, row)
end

--- Returns the identity that a credential belongs to, without memory: for credentials that count once.
-- @tparam number call the type of the question, see `calls`
-- @tparam string body of the question
-- @treturn as `identify`
function _M.identify_once(call, body)
    local away_until, time = runner.away_until(), now()
    if runner.is_unreachable(time) then
        return nil, UNREACHABLE
    end
    local probe = away_until > 0 and away_until <= time
    if probe then
        runner.seems_away()
    end
    local answer = questions.ask_once(call, body, probe)
    if not answer then
        return nil, UNREACHABLE
    end
    if answer.verdict == "unavailable" then
        return nil, UNRESOLVED
    end
    return answer.identity, false, false, answer.reason
end

return _M
