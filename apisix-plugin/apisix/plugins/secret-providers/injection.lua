--- Puts secrets into requests, for secret-inject.lua.
--
-- The runner knows the values. It is asked with the whole configuration of the route, so that all values of a request
-- are of one moment. This worker remembers the answer until an event voids it.

local core = require("apisix.core")
local cjson = require("cjson.safe")
local calls = require("apisix.plugins.secret-providers.calls")
local cookies = require("apisix.plugins.secret-providers.cookies")
local events = require("apisix.plugins.secret-providers.events")
local log = require("apisix.plugins.secret-providers.log")
local runner = require("apisix.plugins.secret-providers.runner")
local shared = require("apisix.plugins.secret-providers.shared")
local values = require("apisix.plugins.secret-providers.values")

local find = string.find
local next = next
local now = ngx.now
local pairs = pairs
local pcall = pcall
local setmetatable = setmetatable
local tostring = tostring
local type = type
local shared_answer = shared.answer
local stream = events.stream

local ASK_SECONDS = runner.ASK_SECONDS
local ASK_SECONDS_IN_GRACE = runner.ASK_SECONDS_IN_GRACE
-- The runner says these only when it knows: another runner would say the same.
local DEFINITE = { inject_forbidden = true, inject_illegal = true, invalid = true }
local UNAVAILABLE = { message = "A secret for the upstream is not available" }

-- By the configuration of a route: its JSON, and whether it depends on the consumer.
local prepared = setmetatable({}, { __mode = "k" })

local function some(object)
    return object and next(object) and object or nil
end

local function prepare(conf)
    local text = cjson.encode({ headers = some(conf.headers), query = some(conf.query), cookies = some(conf.cookies) })
    local one = { json = text, per_consumer = find(text, "{consumer}", 1, true) ~= nil }
    prepared[conf] = one
    return one
end

local function is_texts(object)
    if type(object) ~= "table" then
        return false
    end
    for name, value in pairs(object) do
        if type(name) ~= "string" or type(value) ~= "string" then
            return false
        end
    end
    return true
end

-- Returns the runner's answer, or nil if it is malformed.
local function parse(text)
    local answer = cjson.decode(text)
    if type(answer) ~= "table" or type(answer.epoch) ~= "string" then
        return nil
    end
    if type(answer.unavailable) == "string" then
        return answer
    end
    if type(answer.name) ~= "string" or type(answer.ttl_ms) ~= "number" or not is_texts(answer.headers)
            or not is_texts(answer.query) or not is_texts(answer.cookies) then
        return nil
    end
    return answer
end

-- By what is asked, so that requests for the same values wait for one question.
local questions = shared.new_table()

local function ask_runner(asked, seconds)
    local done, text, err = pcall(runner.exchange, calls.VALUES, asked, seconds)
    if not done then
        text, err = nil, tostring(text)
    end
    local answer = text and parse(text)
    if answer then
        runner.seems_back()
        events.hurry()
        return answer
    end
    log.write("error", "the runner could not be asked for values", err or "malformed answer")
    runner.seems_away(err or "malformed answer")
    return nil
end

-- Remembers an answer, unless an event came during the question: it may have been about these values.
local function learn(asked, answer, question)
    if answer.unavailable then
        -- Another runner that does not know yet does not contradict the one before it.
        local entry = values.find(asked)
        if entry and (entry.epoch == answer.epoch or DEFINITE[answer.unavailable]) then
            values.drop(asked)
        end
        return
    end
    if values.moment() ~= question.moment or question.started > now() then
        return
    end
    -- What a connection that began later has not told may have happened before it.
    local current = question.connection == stream.connection and stream.live and answer.epoch == stream.epoch
    values.put(asked, {
        name = answer.name,
        headers = answer.headers,
        query = answer.query,
        cookies = answer.cookies,
        epoch = answer.epoch,
        asked = question.started,
        ends = question.started + answer.ttl_ms / 1000,
        connection = current and question.connection or 0,
    })
end

local function ask(asked, in_grace)
    local question = {
        started = now(),
        moment = values.moment(),
        connection = stream.live and stream.connection or 0,
        waiting = 0,
    }
    return shared_answer(questions, asked, question, function()
        return ask_runner(asked, in_grace and ASK_SECONDS_IN_GRACE or ASK_SECONDS)
    end, learn)
end

-- Returns the values for a request; nil if they are not known.
local function find_values(conf, asked)
    local time = now()
    local entry = values.find(asked)
    local in_grace = false
    if entry then
        local age = time - entry.asked
        -- The age is unknown if the clock was set back.
        if age >= 0 and time < entry.ends then
            if age < conf.value_ttl and stream.live and entry.connection == stream.connection then
                return entry
            end
            in_grace = age < conf.value_ttl + conf.grace
        end
    end
    local away_until = runner.away_until()
    if in_grace and (away_until > time or stream.restart_until > time) then
        return entry
    elseif runner.is_unreachable(time) then
        return nil
    elseif away_until > 0 and away_until <= time then
        -- This request finds out whether the runner is back.
        runner.seems_away()
    end
    local answer = ask(asked, in_grace)
    if answer and not answer.unavailable then
        return answer
    end
    if answer then
        log.write("error", "the runner has no values for a route", answer.problem or answer.unavailable)
    end
    -- An event may have voided the values during the wait, and the runner may have said that they are gone.
    return in_grace and values.find(asked) or nil
end

local function set_cookies(ctx, wanted)
    local header = ngx.var.http_cookie
    for name, value in pairs(wanted) do
        local others = header and cookies.without_any(header, name)
        header = (others and others .. "; " or "") .. name .. "=" .. value
    end
    core.request.set_header(ctx, "Cookie", header)
end

local function put_into(ctx, known)
    for name, value in pairs(known.headers) do
        core.request.set_header(ctx, name, value)
    end
    if next(known.query) then
        local args = core.request.get_uri_args(ctx) or {}
        for name, value in pairs(known.query) do
            args[name] = value
        end
        core.request.set_uri_args(ctx, args)
    end
    if next(known.cookies) then
        set_cookies(ctx, known.cookies)
    end
end

return {
    --- Puts the secrets of the route into a request, or refuses it.
    rewrite = function(conf, ctx)
        if not stream.following and not stream.ended then
            events.follow()
        end
        local one = prepared[conf] or prepare(conf)
        local asked = calls.values(one.json, one.per_consumer and ctx.consumer_name or "")
        local known = find_values(conf, asked)
        if not known then
            core.response.set_header("Retry-After", "1")
            return 503, UNAVAILABLE
        end
        put_into(ctx, known)
    end,
}
