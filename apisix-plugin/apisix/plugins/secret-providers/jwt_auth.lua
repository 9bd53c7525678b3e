--- Authenticates a request by a JWT, for secret-jwt-auth.lua.
--
-- Answers as APISIX's own jwt-auth (apisix/plugins/jwt-auth.lua, 3.18). The runner reads and verifies the token.

local core = require("apisix.core")
local consumer_mod = require("apisix.consumer")
local base64 = require("ngx.base64")
local cjson = require("cjson.safe")
local authentication = require("apisix.plugins.secret-providers.authentication")
local calls = require("apisix.plugins.secret-providers.calls")
local cookies = require("apisix.plugins.secret-providers.cookies")
local decisions = require("apisix.plugins.secret-providers.decisions")
local digest = require("apisix.plugins.secret-providers.digest")

local match = string.match
local setmetatable = setmetatable
local sub = string.sub
local type = type
local var = ngx.var
local call_of = calls.jwt
local digest_of = digest.of_call

-- Consumers and credentials carry keys and secrets as the configuration of this plugin.
local jwt_plugin = "jwt-auth"

local MISSING = "Missing JWT token in request"
local MALFORMED = "JWT token invalid"
local INVALID_KEY = "Invalid user key in JWT token"
local NOT_VERIFIED = "failed to verify jwt"
-- By the runner's reason. Any other one is that the token could not be verified.
local MESSAGES = {
    malformed_token = MALFORMED,
    missing_key_claim = "missing user key in JWT token",
    invalid_key = INVALID_KEY,
    ambiguous_key = INVALID_KEY,
    unresolved = INVALID_KEY,
    expired = INVALID_KEY,
    not_yet_valid = INVALID_KEY,
    disabled = INVALID_KEY,
}

local look_up = authentication.look_up_by(decisions.identify, calls.CREDENTIAL, jwt_plugin, calls.KINDS.JWT)

-- By conf: what the route demands of tokens, as the end of a call.
local rules_of_conf = setmetatable({}, { __mode = "k" })

local function rules_of(conf)
    local rules = rules_of_conf[conf]
    if not rules then
        rules = calls.token_rules(conf.key_claim_name, conf.claims_to_verify or {})
        rules_of_conf[conf] = rules
    end
    return rules
end

-- Returns what is in the token's place, if anything. As natively, it is hidden before it is verified.
local function take_token(conf, ctx)
    local hidden = conf.hide_credentials
    local token = core.request.header(ctx, conf.header)
    if token then
        if hidden then
            core.request.set_header(ctx, conf.header, nil)
        end
        local prefix = sub(token, 1, 7)
        return (prefix == "Bearer " or prefix == "bearer ") and sub(token, 8) or token
    end

    local args = core.request.get_uri_args(ctx) or {}
    token = args[conf.query]
    if token then
        if hidden then
            args[conf.query] = nil
            core.request.set_uri_args(ctx, args)
        end
        return token
    end

    -- Several headers as one.
    local header = var.http_cookie
    token = header and cookies.value(header, conf.cookie)
    if token and hidden then
        core.request.set_header(ctx, "Cookie", cookies.without(header, conf.cookie))
    end
    return token
end

local function find_consumer(conf, ctx)
    local token = take_token(conf, ctx)
    if not token then
        return nil, nil, MISSING
    end
    local body = type(token) == "string" and call_of(token, rules_of(conf))
    if not body or #body > calls.LONGEST then
        return nil, nil, authentication.refusal(ctx, MALFORMED, MALFORMED)
    end
    -- The runner is asked even if APISIX has no consumer: what is wrong with the token comes first.
    local consumer, consumer_conf, unavailable, reason = look_up(conf, body, digest_of(body), consumer_mod.plugin(jwt_plugin))
    if unavailable then
        return nil, nil, unavailable, 503
    end
    if not consumer then
        local message = reason and (MESSAGES[reason] or NOT_VERIFIED) or INVALID_KEY
        return nil, nil, authentication.refusal(ctx, message, message)
    end
    if conf.store_in_ctx then
        ctx.jwt_auth_payload = cjson.decode(base64.decode_base64url(match(token, "^[^.]*%.([^.]*)") or "") or "")
    end
    return consumer, consumer_conf
end

-- Nothing is left to hide.
local function hide() end

return {
    --- Authenticates a request. See `authentication.phase`.
    rewrite = authentication.phase("Bearer", find_consumer, hide, true),
    settings = decisions.settings,
}
