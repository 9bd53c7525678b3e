-- The functions of apisix/consumer.lua that the plugin calls. The consumers come from a shared dictionary as JSON: a list of
-- {"username", "group_id", "labels", "plugins", "credentials": {ID: PLUGINS}}.

local cjson = require("cjson.safe")
local core = require("apisix.core")

local _M = {}

local known = { version = nil, by_name = {}, plugins = {} }

local function clone(consumer)
    local copy = {}
    for name, value in pairs(consumer) do
        copy[name] = value
    end
    return copy
end

local function add(plugins, consumer, conf, credential_id, version)
    for name, auth_conf in pairs(conf or {}) do
        plugins[name] = plugins[name] or { nodes = {}, len = 0, conf_version = version }
        local node = clone(consumer)
        node.credential_id = credential_id
        node.custom_id = consumer.labels and consumer.labels.custom_id
        node.consumer_name = consumer.id
        node.modifiedIndex = version
        node.auth_conf = auth_conf
        table.insert(plugins[name].nodes, node)
        plugins[name].len = plugins[name].len + 1
    end
end

-- Unchanged consumers stay the same table, as in APISIX's cache.
local function current()
    local version = ngx.shared.gateway:get("version")
    if version ~= known.version then
        local by_name, plugins = {}, {}
        for _, consumer in ipairs(cjson.decode(ngx.shared.gateway:get("consumers") or "[]")) do
            local credentials = consumer.credentials or {}
            consumer.credentials = nil
            consumer.id = consumer.username
            by_name[consumer.id] = consumer
            add(plugins, consumer, consumer.plugins, nil, version)
            for id, conf in pairs(credentials) do
                add(plugins, consumer, conf, id, version)
            end
        end
        known = { version = version, by_name = by_name, plugins = plugins }
    end
    return known
end

-- Not part of APISIX: replaces the consumers.
function _M.publish(json)
    ngx.shared.gateway:set("consumers", json)
    ngx.shared.gateway:incr("version", 1, 0)
end

function _M.plugin(name)
    return current().plugins[name]
end

function _M.attach_consumer(ctx, consumer, conf)
    ctx.consumer = consumer
    ctx.consumer_name = consumer.consumer_name
    ctx.consumer_group_id = consumer.group_id
    ctx.consumer_ver = conf.conf_version
    core.request.set_header(ctx, "X-Consumer-Username", consumer.username)
    core.request.set_header(ctx, "X-Credential-Identifier", consumer.credential_id)
    core.request.set_header(ctx, "X-Consumer-Custom-ID", consumer.custom_id)
end

function _M.get_anonymous_consumer(name)
    local consumer = current().by_name[name]
    if not consumer then
        return nil, nil, "failed to get anonymous consumer " .. name
    end
    consumer.consumer_name = consumer.id
    return consumer, { conf_version = known.version }
end

return _M
