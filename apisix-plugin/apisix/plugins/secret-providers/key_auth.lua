--- Authenticates a request by its API key, for secret-key-auth.lua.
--
-- Answers as APISIX's own key-auth (apisix/plugins/key-auth.lua, 3.18).

local core = require("apisix.core")
local consumer_mod = require("apisix.consumer")
local authentication = require("apisix.plugins.secret-providers.authentication")
local calls = require("apisix.plugins.secret-providers.calls")
local decisions = require("apisix.plugins.secret-providers.decisions")
local digest = require("apisix.plugins.secret-providers.digest")
local key_places = require("apisix.plugins.secret-providers.key_places")

local byte = string.byte
local find = string.find
local lower = string.lower
local sub = string.sub
local type = type
local digest_of = digest.of_key

-- Consumers and credentials carry the keys, or references to them, as the configuration of this plugin.
local key_plugin = "key-auth"
-- nginx accepts no request with a longer one.
local LONGEST_KEY = 65536

local MISSING = "Missing API key in request"
local INVALID = "Invalid API key in request"

local look_up = authentication.look_up_by(decisions.identify, calls.KEY, key_plugin, calls.KINDS.KEY)

local function is_reference(key)
    if byte(key) ~= 36 then -- $
        return false
    end
    local start = lower(sub(key, 1, 10))
    return start == "$secret://" or find(start, "$env://", 1, true) == 1
end

-- Returns the key, and the header, the query argument or the cookie that it is in.
local function find_key(conf, ctx)
    local key = core.request.header(ctx, conf.header)
    if key then
        return key, conf.header
    end
    if conf.headers or conf.bearer then
        local header
        key, header = key_places.in_header(conf, ctx)
        if key then
            return key, header
        end
    end
    local args = core.request.get_uri_args(ctx) or {}
    key = args[conf.query]
    if key then
        return key, nil, conf.query
    end
    if conf.cookie then
        return key_places.in_cookie(conf.cookie), nil, nil, conf.cookie
    end
end

local function find_consumer(conf, ctx)
    local key, header, argument, cookie = find_key(conf, ctx)
    if not key then
        return nil, nil, MISSING
    end

    local consumer, unavailable
    local reason = "invalid api key"
    local consumer_conf = consumer_mod.plugin(key_plugin)
    if not consumer_conf then
        reason = "Missing related consumer"
    elseif type(key) == "string" and key ~= "" and #key <= LONGEST_KEY and not is_reference(key) then
        consumer, consumer_conf, unavailable = look_up(conf, key, digest_of(key), consumer_conf)
        if unavailable then
            return nil, nil, unavailable, 503
        end
    end
    if not consumer then
        return nil, nil, authentication.refusal(ctx, INVALID, "failed to find consumer: " .. reason)
    end

    if conf.hide_credentials then
        if header then
            core.request.set_header(ctx, header, nil)
        elseif argument then
            local args = core.request.get_uri_args(ctx)
            args[argument] = nil
            core.request.set_uri_args(ctx, args)
        else
            key_places.remove_cookie(ctx, cookie)
        end
    end
    return consumer, consumer_conf
end

-- Removes the key from all places, because a request may carry it in several.
local function hide_all(conf, ctx)
    if core.request.header(ctx, conf.header) then
        core.request.set_header(ctx, conf.header, nil)
    end
    local args = core.request.get_uri_args(ctx) or {}
    if args[conf.query] then
        args[conf.query] = nil
        core.request.set_uri_args(ctx, args)
    end
    key_places.remove_all(conf, ctx)
end

return {
    --- Authenticates a request. See `authentication.phase`.
    rewrite = authentication.phase("apikey", find_consumer, hide_all, true),
    settings = decisions.settings,
}
