--- Authenticates a request by its signature, for secret-hmac-auth.lua.
--
-- Answers as APISIX's own hmac-auth (apisix/plugins/hmac-auth.lua, 3.18). The runner compares signatures, and counts
-- one once where the route says so. Everything else is checked here. Nothing is remembered.

local core = require("apisix.core")
local consumer_mod = require("apisix.consumer")
local resty_sha256 = require("resty.sha256")
local authentication = require("apisix.plugins.secret-providers.authentication")
local calls = require("apisix.plugins.secret-providers.calls")
local decisions = require("apisix.plugins.secret-providers.decisions")
local signatures = require("apisix.plugins.secret-providers.signatures")

local encode_base64 = ngx.encode_base64
local find = string.find

-- Consumers and credentials carry keys as the configuration of this plugin.
local hmac_plugin = "hmac-auth"

local INVALID = "client request can't be validated"
local MISSING = INVALID .. ": missing Authorization header"
local OTHER_SCHEME = INVALID .. ": Authorization header does not start with 'Signature'"
local INVALID_SIGNATURE = "Invalid signature"
local INVALID_DIGEST = "Invalid digest"
-- By the runner's reason, for the log.
local REASONS = {
    invalid_key = "Invalid key_id",
    ambiguous_key = "Invalid key_id",
    unresolved = "Invalid key_id",
    replayed = "the signature was used before",
    expired = "the credential has expired",
    not_yet_valid = "the credential is not valid yet",
    disabled = "the credential is disabled",
}

local look_up = authentication.look_up_by(decisions.identify_once, calls.CREDENTIAL, hmac_plugin)

local function sha256(text)
    local hash = resty_sha256:new()
    hash:update(text)
    return hash:final()
end

-- Returns what is wrong with the request's body, and the status if that is not 401.
local function problem_of_body(conf, ctx)
    local header = core.request.header(ctx, "Digest")
    if not header then
        return INVALID_DIGEST
    end
    local body, err = core.request.get_body(conf.max_req_body_size)
    if err then
        return err, 413
    end
    if "SHA-256=" .. encode_base64(sha256(body or "")) ~= header then
        return INVALID_DIGEST
    end
    return nil
end

local function hide(_, ctx)
    core.request.set_header(ctx, "Authorization", nil)
end

local function find_consumer(conf, ctx)
    local header = core.request.header(ctx, "Authorization")
    if not header then
        return nil, nil, authentication.refusal(ctx, MISSING, MISSING)
    end
    if find(header, "Signature", 1, true) ~= 1 then
        return nil, nil, authentication.refusal(ctx, OTHER_SCHEME, OTHER_SCHEME)
    end
    local function refused(problem)
        return nil, nil, authentication.refusal(ctx, INVALID, INVALID .. ": " .. problem)
    end

    local fields = signatures.parse(header)
    local problem = signatures.problem(conf, ctx, fields)
    if problem then
        return refused(problem)
    end
    local consumer_conf = consumer_mod.plugin(hmac_plugin)
    if not consumer_conf then
        return refused("Missing related consumer")
    end
    local signature = signatures.canonical(fields.signature)
    local text = signature and signatures.text(ctx, fields)
    if not text then
        return refused(INVALID_SIGNATURE)
    end
    local consumer

    -- Asks the runner. Returns the message and status of a refusal.
    local function problem_of_signature(replay_window)
        local body = calls.hmac(fields.keyId, fields.algorithm, text, signature, replay_window)
        if #body > calls.LONGEST then
            return INVALID_SIGNATURE
        end
        local unavailable, reason
        consumer, consumer_conf, unavailable, reason = look_up(conf, body, nil, consumer_conf)
        if unavailable then
            return unavailable, 503
        end
        return not consumer and (reason and REASONS[reason] or INVALID_SIGNATURE) or nil
    end

    -- As natively, the body is read only for a good signature. A signature counts only once the body is right.
    local counts_now = not conf.validate_request_body
    local status
    problem, status = problem_of_signature(counts_now and conf.replay_window or nil)
    if not problem and conf.validate_request_body then
        problem, status = problem_of_body(conf, ctx)
        if not problem and conf.replay_window then
            problem, status = problem_of_signature(conf.replay_window)
        end
    end
    if status then
        return nil, nil, problem, status
    elseif problem then
        return refused(problem)
    end
    if conf.hide_credentials then
        hide(conf, ctx)
    end
    return consumer, consumer_conf
end

return {
    --- Authenticates a request. See `authentication.phase`.
    rewrite = authentication.phase("hmac", find_consumer, hide),
}
