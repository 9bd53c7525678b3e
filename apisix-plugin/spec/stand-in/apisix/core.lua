-- The functions of apisix.core 3.18 that the plugin calls, with the same effect on a request.

local cjson = require("cjson.safe")

local core = {}

local LEVELS = { error = ngx.ERR, warn = ngx.WARN, notice = ngx.NOTICE }

local function silent() end

-- As in APISIX at its default level: lines below "warn" cost almost nothing.
core.log = setmetatable({}, {
    __index = function(log, name)
        local level = LEVELS[name]
        local write = level and level <= ngx.WARN and function(...) ngx.log(level, ...) end or silent
        log[name] = write
        return write
    end,
})

core.config = {}

-- config.yaml, as far as the plugins read it.
function core.config.local_conf()
    local attributes = ngx.shared.gateway:get("plugin_attr")
    return { plugin_attr = attributes and cjson.decode(attributes) }
end

core.request = {}

-- Read once for each request, and written through by set_header, as on APISIX's own OpenResty.
function core.request.headers(ctx)
    local headers = ctx.headers
    if not headers then
        headers = ngx.req.get_headers()
        ctx.headers = headers
    end
    return headers
end

function core.request.header(ctx, name)
    local value = core.request.headers(ctx)[name]
    return type(value) == "table" and value[1] or value
end

function core.request.set_header(ctx, name, value)
    ngx.req.set_header(name, value)
    if ctx.headers then
        ctx.headers[name] = value
    end
end

function core.request.get_uri_args(ctx)
    if not ctx.req_uri_args then
        ctx.req_uri_args = ngx.req.get_uri_args(0)
    end
    return ctx.req_uri_args
end

function core.request.set_uri_args(ctx, args)
    ctx.req_uri_args = nil
    return ngx.req.set_uri_args(args)
end

core.request.get_method = function()
    return ngx.req.get_method()
end

local function check_size(size, most)
    if most and size > most then
        return nil, "request size " .. size .. " is greater than the maximum size " .. most .. " allowed"
    end
    return true
end

-- For bodies that nginx holds in memory.
function core.request.get_body(most)
    local announced = tonumber(ngx.var.http_content_length)
    local ok, err = check_size(announced or 0, most)
    if not ok then
        return nil, err
    end
    ngx.req.read_body()
    local body = ngx.req.get_body_data()
    ok, err = check_size(#(body or ""), most)
    if not ok then
        return nil, err
    end
    return body
end

-- Not part of APISIX under this name: the context of a request, with its variables.
function core.new_ctx(fields)
    local ctx = fields or {}
    ctx.var = setmetatable({}, {
        __index = function(_, name)
            return ngx.var[name]
        end,
    })
    return ctx
end

core.response = {}

function core.response.set_header(name, value)
    ngx.header[name] = value
end

-- Sends the result of a plugin's phase as the answer.
function core.response.exit(code, body)
    ngx.status = code
    if type(body) == "table" then
        ngx.print(cjson.encode(body), "\n")
    elseif body then
        ngx.print(body)
    end
    return ngx.exit(code)
end

core.schema = { TYPE_CONSUMER = 1, TYPE_METADATA = 2 }

local KINDS = { integer = "number", array = "table", object = "table" }

local function check_value(name, rules, value)
    if type(value) ~= (KINDS[rules.type] or rules.type) then
        return false, 'property "' .. name .. '" validation failed: wrong type'
    end
    local too_small = rules.minimum and value < rules.minimum or rules.minLength and #value < rules.minLength
    local too_big = rules.maximum and value > rules.maximum or rules.maxLength and #value > rules.maxLength
    if rules.minItems and #value < rules.minItems then
        return false, 'property "' .. name .. '" validation failed: too few items'
    end
    for _, item in ipairs(rules.items and value or {}) do
        local known = not rules.items.enum
        for _, one in ipairs(rules.items.enum or {}) do
            known = known or one == item
        end
        if not known then
            return false, 'property "' .. name .. '" validation failed: unknown item'
        end
    end
    if too_small or too_big or rules.type == "integer" and value % 1 ~= 0 then
        return false, 'property "' .. name .. '" validation failed'
    end
    return true
end

-- Checks the few keywords that the plugin's schema uses, and fills in defaults as APISIX's validator does. Patterns are left
-- to APISIX.
function core.schema.check(schema, conf)
    for name, rules in pairs(schema.properties) do
        if conf[name] == nil then
            conf[name] = rules.default
        else
            local ok, err = check_value(name, rules, conf[name])
            if not ok then
                return false, err
            end
        end
    end
    return true
end

return core
