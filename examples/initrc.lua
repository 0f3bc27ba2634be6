-- A shell initrc of your own: what the shipped one does, a plugin in JavaScript, and one in Lua.
--
--   flux mini run -o initrc=$PWD/examples/initrc.lua sh -c 'echo $GREETING; echo $SITE'
plugin.searchpath = shell.rcpath .. ":" .. plugin.searchpath
plugin.load { file = "greeting.js" }

plugin.register {
  name = "site",
  handlers = {
    {
      topic = "task.init",
      fn = function ()
        task.setenv ("SITE", "task " .. task.info.rank .. " of " .. shell.info.ntasks)
      end
    }
  }
}
