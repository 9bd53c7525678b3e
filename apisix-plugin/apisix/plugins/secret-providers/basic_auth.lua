--- Authenticates a request by user name and password, for secret-basic-auth.lua.
--
-- Answers as APISIX's own basic-auth (apisix/plugins/basic-auth.lua, 3.18), and as later versions in that a
-- password may have colons.
--
-- A verdict is remembered by the header in its usual spelling, so that a known one is not decoded. All other spellings are
-- decoded, and share that verdict.

local core = require("apisix.core")
local consumer_mod = require("apisix.consumer")
local authentication = require("apisix.plugins.secret-providers.authentication")
local calls = require("apisix.plugins.secret-providers.calls")
local decisions = require("apisix.plugins.secret-providers.decisions")
local digest = require("apisix.plugins.secret-providers.digest")

local decode_base64 = ngx.decode_base64
local encode_base64 = ngx.encode_base64
local find = string.find
local lower = string.lower
local sub = string.sub
local call_of = calls.basic
local digest_of = digest.of_header
local refusal = authentication.refusal

-- Consumers and credentials carry user names and passwords as the configuration of this plugin.
local basic_plugin = "basic-auth"

local MISSING = "Missing authorization in request"
local MALFORMED = "Invalid authorization in request"
local INVALID = "Invalid user authorization"

local look_up, find_known = authentication.look_up_by(decisions.identify, calls.CREDENTIAL, basic_plugin, calls.KINDS.BASIC)

-- Returns user name and password; nil and the reason if the header has none. White space, which does not count
-- natively, is left to the runner.
local function parse(header)
    local encoded
    if sub(header, 1, 6) == "Basic " then
        encoded = sub(header, 7)
    else
        -- As natively, in any letter case and anywhere in the header.
        local start = find(lower(header), "basic%s.")
        if not start then
            return nil, "no basic authorization in the header"
        end
        encoded = sub(header, start + 6)
    end
    local decoded = decode_base64(encoded)
    if not decoded then
        return nil, "the header is not in base64"
    end
    local colon = find(decoded, ":", 1, true)
    if not colon or colon == #decoded then
        return nil, "no user name and password in the header"
    end
    return sub(decoded, 1, colon - 1), sub(decoded, colon + 1)
end

local function hide(_, ctx)
    core.request.set_header(ctx, "Authorization", nil)
end

local function find_unknown(conf, ctx, header, consumer_conf)
    local username, password = parse(header)
    if not username then
        return nil, nil, refusal(ctx, MALFORMED, password)
    end
    if not consumer_conf then
        return nil, nil, refusal(ctx, INVALID, "failed to find user: Missing related consumer")
    end
    local body = call_of(username, password)
    if #body > calls.LONGEST then
        return nil, nil, refusal(ctx, INVALID, "failed to find user: invalid user")
    end
    local usual = "Basic " .. encode_base64(username .. ":" .. password)
    local consumer, list, unavailable = look_up(conf, body, digest_of(usual), consumer_conf)
    if unavailable then
        return nil, nil, unavailable, 503
    end
    if not consumer then
        return nil, nil, refusal(ctx, INVALID, "failed to find user: invalid user")
    end
    return consumer, list
end

local function find_consumer(conf, ctx)
    local header = core.request.header(ctx, "Authorization")
    if not header then
        return nil, nil, MISSING
    end
    local consumer_conf = consumer_mod.plugin(basic_plugin)
    local consumer = consumer_conf and find_known(conf, digest_of(header), consumer_conf)
    if not consumer then
        local err, status
        consumer, consumer_conf, err, status = find_unknown(conf, ctx, header, consumer_conf)
        if not consumer then
            return nil, nil, err, status
        end
    end
    if conf.hide_credentials then
        hide(conf, ctx)
    end
    return consumer, consumer_conf
end

return {
    --- Authenticates a request. See `authentication.phase`.
    rewrite = authentication.phase("Basic", find_consumer, hide, true),
    settings = decisions.settings,
}
