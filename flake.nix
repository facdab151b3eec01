{
  description = "Map, dump, fill and advise memory from the shell, and measure the effect";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs = { self, nixpkgs }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ];
      forEachSystem = make: nixpkgs.lib.genAttrs systems (system: make nixpkgs.legacyPackages.${system});
      manifest = (nixpkgs.lib.importTOML ./Cargo.toml).package;
    in
    {
      packages = forEachSystem (pkgs: {
        default = pkgs.rustPlatform.buildRustPackage {
          pname = manifest.name;
          inherit (manifest) version;
          src = self;
          cargoLock.lockFile = ./Cargo.lock;
          nativeBuildInputs = [ pkgs.installShellFiles ];

          # The tests mount file systems and measure the page cache, which a sandbox does not allow.
          doCheck = false;

          postInstall = ''
            installManPage man/*
            installShellCompletion --bash completions/mmapctl.bash
            installShellCompletion --zsh completions/_mmapctl
            installShellCompletion --fish completions/mmapctl.fish
            install -Dm644 -t $out/share/licenses/mmapctl LICENSE-MIT LICENSE-APACHE THIRD-PARTY-LICENSES
          '';

          meta = {
            inherit (manifest) description;
            homepage = manifest.repository;
            license = with nixpkgs.lib.licenses; [ mit asl20 ];
            mainProgram = "mmapctl";
          };
        };
      });
    };
}
