--- The rewrite phase of the plugin: authenticates a request by its API key.
--
-- Answers as APISIX's own key-auth (apisix/plugins/key-auth.lua, 3.18) and attaches the consumer as it does.
-- Only secret-key-auth.lua uses it; plugins for other credentials share the modules that it is built from.

local core = require("apisix.core")
local consumer_mod = require("apisix.consumer")
local auth_utils = require("apisix.utils.auth")
local consumers = require("apisix.plugins.secret-key-auth.consumers")
local decisions = require("apisix.plugins.secret-key-auth.decisions")
local digest = require("apisix.plugins.secret-key-auth.digest")
local events = require("apisix.plugins.secret-key-auth.events")
local identity_headers = require("apisix.plugins.secret-key-auth.identity_headers")
local log = require("apisix.plugins.secret-key-auth.log")
local runner = require("apisix.plugins.secret-key-auth.runner")
local verdicts = require("apisix.plugins.secret-key-auth.verdicts")

local byte = string.byte
local find = string.find
local lower = string.lower
local sub = string.sub
local type = type
local digest_of = digest.of
local find_node = consumers.find
local identify = decisions.identify
local remove_look_alikes = identity_headers.remove_look_alikes
local stream = events.stream

-- Consumers and credentials carry the keys, or references to them, as the configuration of this plugin.
local key_plugin = "key-auth"
local LONGEST_KEY = runner.LONGEST_KEY

local MISSING = "Missing API key in request"
local INVALID = "Invalid API key in request"

local _M = {}

local function is_reference(key)
    if byte(key) ~= 36 then -- $
        return false
    end
    local start = lower(sub(key, 1, 10))
    return start == "$secret://" or find(start, "$env://", 1, true) == 1
end

-- Returns the consumer and APISIX's list. If there is none, returns nil, nil, the message, and true if the
-- answer is a 503. The message of a 401 is that of native key-auth.
local function find_consumer(conf, ctx)
    local from_header = true
    local key = core.request.header(ctx, conf.header)
    if not key then
        local args = core.request.get_uri_args(ctx) or {}
        key = args[conf.query]
        from_header = false
    end
    if not key then
        return nil, nil, MISSING
    end

    local consumer, unavailable
    local reason = "invalid api key"
    local consumer_conf = consumer_mod.plugin(key_plugin)
    if not consumer_conf then
        reason = "Missing related consumer"
    elseif type(key) == "string" and key ~= "" and #key <= LONGEST_KEY and not is_reference(key) then
        local key_digest = digest_of(key)
        local identity, from_memory
        identity, unavailable, from_memory = identify(key, key_digest, conf)
        if unavailable then
            return nil, nil, unavailable, true
        end
        if not from_memory then
            -- APISIX may have a new list since the question.
            consumer_conf = consumer_mod.plugin(key_plugin)
        end
        consumer = identity and consumer_conf and find_node(identity, consumer_conf)
        if identity and not consumer then
            -- APISIX removed the consumer or does not know it yet.
            verdicts.forget(key_digest)
        end
    end
    if not consumer then
        local err = "failed to find consumer: " .. reason
        if auth_utils.is_running_under_multi_auth(ctx) then
            return nil, nil, err
        end
        log.write("warn", err)
        return nil, nil, INVALID
    end

    if conf.hide_credentials then
        if from_header then
            core.request.set_header(ctx, conf.header, nil)
        else
            local args = core.request.get_uri_args(ctx)
            args[conf.query] = nil
            core.request.set_uri_args(ctx, args)
        end
    end
    return consumer, consumer_conf
end

-- Removes the key from header and query, because a request may carry it in both.
local function hide_both(conf, ctx)
    if core.request.header(ctx, conf.header) then
        core.request.set_header(ctx, conf.header, nil)
    end
    local args = core.request.get_uri_args(ctx) or {}
    if args[conf.query] then
        args[conf.query] = nil
        core.request.set_uri_args(ctx, args)
    end
end

local function demand_key(conf)
    core.response.set_header("WWW-Authenticate", "apikey realm=\"" .. conf.realm .. "\"")
end

local function prepare(conf)
    if conf.max_verdicts > verdicts.most then
        verdicts.grow(conf.max_verdicts)
    end
    if not stream.following and not stream.ended then
        events.follow()
    end
end

--- Authenticates a request.
-- @tparam table conf of the route
-- @tparam table ctx of the request; gets the consumer
-- @treturn ?number the status of a refusal; nil if the request is accepted
-- @treturn ?table|string its body
function _M.rewrite(conf, ctx)
    prepare(conf)
    local consumer, consumer_conf, err, unavailable = find_consumer(conf, ctx)
    if unavailable then
        -- Under multi-auth another plugin may still accept the request.
        if not auth_utils.is_running_under_multi_auth(ctx) then
            core.response.set_header("Retry-After", "1")
        end
        return 503, { message = err }
    end
    if not consumer then
        if not conf.anonymous_consumer then
            demand_key(conf)
            return 401, { message = err }
        end
        if conf.hide_credentials then
            hide_both(conf, ctx)
        end
        consumer, consumer_conf, err = consumer_mod.get_anonymous_consumer(conf.anonymous_consumer)
        if not consumer then
            demand_key(conf)
            if auth_utils.is_running_under_multi_auth(ctx) then
                return 401, err
            end
            log.write("error", "failed to authenticate the request, code: 401. error: " .. err)
            return 401, { message = "Invalid user authorization" }
        end
    end
    remove_look_alikes(ctx)
    consumer_mod.attach_consumer(ctx, consumer, consumer_conf)
end

return _M
