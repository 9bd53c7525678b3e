-- The gateway that nginx.conf calls, with only what the plugins need.

local cjson = require("cjson.safe")
local core = require("apisix.core")
local consumer_mod = require("apisix.consumer")

local _M = {}

-- A clock that a test may stop. The plugins take the function when they are loaded.
local real_time = ngx.time
ngx.time = function()
    return ngx.shared.gateway:get("clock") or real_time()
end

local NAMES = { "secret-key-auth", "secret-basic-auth", "secret-jwt-auth", "secret-hmac-auth", "secret-inject" }
local plugins, defaults = {}, {}
-- conf by its JSON: an unchanged configuration of a route stays the same table, as in APISIX
local confs = {}

-- As apisix/plugins/multi-auth.lua.
plugins["multi-auth"] = {
    check_schema = function(conf)
        for _, one in ipairs(conf.auth_plugins) do
            for name, its_conf in pairs(one) do
                assert(plugins[name].check_schema(its_conf))
            end
        end
        return true
    end,
    rewrite = function(conf, ctx)
        ctx._plugin_name = "multi-auth"
        for _, one in ipairs(conf.auth_plugins) do
            for name, its_conf in pairs(one) do
                if not plugins[name].rewrite(its_conf, ctx) then
                    return nil
                end
            end
        end
        return 401, { message = "Authorization Failed" }
    end,
}

function _M.load()
    for _, name in ipairs(NAMES) do
        plugins[name] = require("apisix.plugins." .. name)
        plugins[name].init()
        defaults[name] = {}
        if name ~= "secret-inject" then
            assert(plugins[name].check_schema(defaults[name]))
        end
    end
end

-- As apisix/plugin.lua reloads plugins: it ends the old ones and unloads their files only, and then loads all, with the
-- attributes that config.yaml has now.
local function reload()
    for _, name in ipairs(NAMES) do
        plugins[name].destroy()
        package.loaded["apisix.plugins." .. name] = nil
    end
    confs = {}
    _M.load()
end

local function run(rewrite, conf)
    -- As in APISIX: sends a consumer's identity only if there is a consumer.
    local ctx = core.new_ctx()
    ngx.ctx.api_ctx = ctx
    local code, body = rewrite(conf, ctx)
    if code then
        return core.response.exit(code, body)
    end
end

function _M.route()
    ngx.header["X-Worker"] = ngx.worker.id()
    local wanted = ngx.var.http_x_route or ngx.var.uri:match("^/routes/(.*)$")
    local route = wanted and ngx.shared.gateway:get("route:" .. wanted)
    if not route then
        return ngx.exit(404)
    end
    local name, json = route:match("^(%S+) (.*)$")
    local conf = confs[route]
    if not conf then
        conf = assert(cjson.decode(json))
        assert(plugins[name].check_schema(conf))
        confs[route] = conf
    end
    return run(plugins[name].rewrite, conf)
end

function _M.companion(name)
    return run(plugins[name].rewrite, defaults[name])
end

do
    local by_key, made_from

    -- The path of native key-auth when the key is good.
    local function look_up(conf, ctx)
        local key = core.request.header(ctx, conf.header)
        local consumers = consumer_mod.plugin("key-auth")
        if consumers ~= made_from then
            by_key, made_from = {}, consumers
            for _, node in ipairs(consumers and consumers.nodes or {}) do
                by_key[node.auth_conf.key] = node
            end
        end
        local consumer = by_key[key]
        if not consumer then
            return 401, { message = "Invalid API key in request" }
        end
        consumer_mod.attach_consumer(ctx, consumer, consumers)
    end

    function _M.table_look_up()
        return run(look_up, defaults["secret-key-auth"])
    end
end

function _M.echo()
    local ctx = ngx.ctx.api_ctx
    ngx.say(cjson.encode({
        consumer = ctx.consumer_name,
        group = ctx.consumer_group_id,
        headers = ngx.req.get_headers(0),
        arguments = ngx.var.args or "",
        payload = ctx.jwt_auth_payload,
    }))
end

function _M.control()
    if ngx.var.uri == "/control/memory" then
        collectgarbage()
        collectgarbage()
        return ngx.say(collectgarbage("count") * 1024)
    end
    ngx.req.read_body()
    local body = ngx.req.get_body_data() or ""
    local route = ngx.var.uri:match("^/control/routes/(.*)$")
    if route then
        ngx.shared.gateway:set("route:" .. route, (ngx.var.arg_plugin or "secret-key-auth") .. " " .. body)
    elseif ngx.var.uri == "/control/consumers" then
        consumer_mod.publish(body)
    elseif ngx.var.uri == "/control/reload" then
        reload()
    elseif ngx.var.uri == "/control/attributes" then
        ngx.shared.gateway:set("plugin_attr", body)
    elseif ngx.var.uri == "/control/clock" then
        ngx.shared.gateway:set("clock", tonumber(body))
    else
        return ngx.exit(404)
    end
    ngx.say("{}")
end

return _M
