-- apisix/plugins/ext-plugin/helper.lua: where the runner's socket is.

return {
    get_path = function()
        return "unix:" .. ngx.shared.gateway:get("socket")
    end,
}
