-- The gateway that nginx.conf calls, with only what the plugin needs.

local cjson = require("cjson.safe")
local core = require("apisix.core")
local consumer_mod = require("apisix.consumer")

local _M = {}

local plugin
local defaults = {}
-- conf by its JSON: an unchanged configuration of a route stays the same table, as in APISIX
local confs = {}

function _M.load()
    plugin = require("apisix.plugins.secret-key-auth")
    assert(plugin.check_schema(defaults))
end

local function run(rewrite, conf)
    -- As in APISIX: sends a consumer's identity only if there is a consumer.
    local ctx = {}
    ngx.ctx.api_ctx = ctx
    local code, body = rewrite(conf, ctx)
    if code then
        return core.response.exit(code, body)
    end
end

function _M.route()
    ngx.header["X-Worker"] = ngx.worker.id()
    local json = ngx.shared.gateway:get("route:" .. ngx.var.uri:match("^/routes/(.*)$"))
    if not json then
        return ngx.exit(404)
    end
    local conf = confs[json]
    if not conf then
        conf = assert(cjson.decode(json))
        assert(plugin.check_schema(conf))
        confs[json] = conf
    end
    return run(plugin.rewrite, conf)
end

function _M.companion()
    return run(plugin.rewrite, defaults)
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
        return run(look_up, defaults)
    end
end

function _M.echo()
    local ctx = ngx.ctx.api_ctx
    ngx.say(cjson.encode({
        consumer = ctx.consumer_name,
        group = ctx.consumer_group_id,
        headers = ngx.req.get_headers(0),
        arguments = ngx.var.args or "",
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
        ngx.shared.gateway:set("route:" .. route, body)
    elseif ngx.var.uri == "/control/consumers" then
        consumer_mod.publish(body)
    else
        return ngx.exit(404)
    end
    ngx.say("{}")
end

return _M
